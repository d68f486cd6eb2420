namespace Doozer;

/// <summary>
/// The file has changed since the revision the write named, or is not at that of a check; nothing was changed.
/// </summary>
[GenerateSerializer, Alias("Doozer.RevisionMismatchException")]
public sealed class RevisionMismatchException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path.</param>
    /// <param name="given">The revision the write named.</param>
    /// <param name="current">The file's revision.</param>
    public RevisionMismatchException(string path, long given, long current)
        : base("revision-mismatch", Sentence(path, given, current))
    {
        Path = path;
        Given = given;
        Current = current;
    }

    /// <summary>The path.</summary>
    [Id(0)]
    public string Path { get; }

    /// <summary>The revision the write named.</summary>
    [Id(1)]
    public long Given { get; }

    /// <summary>The file's revision.</summary>
    [Id(2)]
    public long Current { get; }

    // Only a check can name a revision that the file is behind.
    private static string Sentence(string path, long given, long current) =>
        current > given ? $"The file '{path}' is at revision {current}, newer than {given}."
        : current > 0 ? $"The file '{path}' is at revision {current}, and not at {given}."
        : $"The file '{path}' is not there, and should be at revision {given}.";
}
