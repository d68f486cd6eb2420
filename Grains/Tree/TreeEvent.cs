namespace Doozer.Tree;

/// <summary>
/// What one revision did. The Set that wrote a file last also is the file: history and tree share the object, its path and body.
/// </summary>
/// <param name="revision">The revision.</param>
/// <param name="kind">What it did.</param>
/// <param name="path">To which file; <c>/</c> for a Nop.</param>
/// <param name="body">The content written; empty for Del and Nop. Never changed.</param>
internal sealed class TreeEvent(long revision, CommandKind kind, string path, byte[] body)
{
    /// <summary>The revision.</summary>
    public long Revision { get; } = revision;

    /// <summary>To which file; <c>/</c> for a Nop.</summary>
    public string Path { get; } = path;

    /// <summary>The content written; empty for Del and Nop. Not to be changed.</summary>
    public byte[] Body { get; } = body;

    /// <summary>What it did.</summary>
    public CommandKind Kind { get; } = kind;

    /// <inheritdoc/>
    public override string ToString() => $"{Revision} {Kind} {Path} ({Body.Length} bytes)";
}

/// <summary>The answer of <see cref="VersionedTree.ReadEvents"/>.</summary>
/// <param name="TooLate">Whether the first revision asked for is older than the history; then there is nothing else.</param>
/// <param name="Events">Matching events in order of their revisions, without gaps.</param>
/// <param name="Next">Where to go on: all matching events from the first asked for up to here, exclusive, are in the
/// page.</param>
/// <param name="Revision">The newest revision; there is more to read at once while <paramref name="Next"/> is not beyond
/// it.</param>
/// <param name="OldestRevision">Oldest revision left.</param>
internal readonly record struct EventPage(
    bool TooLate,
    IReadOnlyList<TreeEvent> Events,
    long Next,
    long Revision,
    long OldestRevision);
