namespace Doozer;

/// <summary>The path is a directory, and the request needs a file.</summary>
[GenerateSerializer, Alias("Doozer.IsDirectoryException")]
public sealed class IsDirectoryException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path.</param>
    public IsDirectoryException(string path)
        : base("is-directory", $"'{path}' is a directory.")
    {
        Path = path;
    }

    /// <summary>The path.</summary>
    [Id(0)]
    public string Path { get; }
}
