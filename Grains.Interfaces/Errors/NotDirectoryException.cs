namespace Doozer;

/// <summary>The path, or a parent in it, is a file, and the request needs a directory.</summary>
[GenerateSerializer, Alias("Doozer.NotDirectoryException")]
public sealed class NotDirectoryException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path.</param>
    public NotDirectoryException(string path)
        : base("not-directory", $"'{path}' is not a directory, or is below a file.")
    {
        Path = path;
    }

    /// <summary>The path.</summary>
    [Id(0)]
    public string Path { get; }
}
