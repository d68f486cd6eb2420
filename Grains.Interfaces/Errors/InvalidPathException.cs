namespace Doozer;

/// <summary>A path does not parse.</summary>
[GenerateSerializer, Alias("Doozer.InvalidPathException")]
public sealed class InvalidPathException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path as given.</param>
    /// <param name="reason">What is wrong with it.</param>
    public InvalidPathException(string path, string reason)
        : base("invalid-path", $"The path '{path}' is not valid: {reason}.")
    {
        Path = path;
        Reason = reason;
    }

    /// <summary>The path as given.</summary>
    [Id(0)]
    public string Path { get; }

    /// <summary>What is wrong with it.</summary>
    [Id(1)]
    public string Reason { get; }
}
