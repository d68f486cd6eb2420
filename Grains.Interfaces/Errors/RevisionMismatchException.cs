namespace Doozer;

/// <summary>The file has changed since the revision the write named; nothing was changed.</summary>
[GenerateSerializer, Alias("Doozer.RevisionMismatchException")]
public sealed class RevisionMismatchException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path.</param>
    /// <param name="given">The revision the write named.</param>
    /// <param name="current">The file's revision.</param>
    public RevisionMismatchException(string path, long given, long current)
        : base("revision-mismatch", $"The file '{path}' is at revision {current}, newer than {given}.")
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
}
