namespace Doozer.Tree;

/// <summary>
/// What one revision did. The Set that wrote a file last also is the file: history and tree share the object, its path and body.
/// There are millions of them, so it is packed.
/// </summary>
internal sealed class TreeEvent
{
    /// <summary>Highest revision, and so session: 48 bits last for more than a century at 70,000 writes a second.</summary>
    public const long MaxRevision = (1L << 48) - 1;

    /// <summary>Most events of one transaction.</summary>
    public const int MaxTransaction = 1 << OffsetBits;

    /// <summary>What an event counts besides path and body: about what its object and its place in the maps take.</summary>
    private const int Overhead = 128;

    private const int KindBits = 3;
    private const int OffsetBits = 13;

    private readonly ulong _packed;

    /// <param name="revision">The revision.</param>
    /// <param name="kind">What it did: <see cref="CommandKind.Set"/>, <see cref="CommandKind.Del"/> or
    /// <see cref="CommandKind.Nop"/>.</param>
    /// <param name="path">To which file; <c>/</c> for a Nop.</param>
    /// <param name="body">The content written; empty for Del and Nop. Never changed.</param>
    /// <param name="session">The session that holds the file; 0 for none.</param>
    /// <param name="toEnd">How many events of its transaction follow.</param>
    public TreeEvent(long revision, CommandKind kind, string path, byte[] body, long session = 0, int toEnd = 0)
    {
        Revision = revision;
        Path = path;
        Body = body;
        _packed = ((((ulong)session << OffsetBits) | (uint)toEnd) << KindBits) | (byte)kind;
    }

    /// <summary>
    /// What it counts towards the limits of history and tree, in bytes: about what it takes in memory. It decides what a full
    /// tree takes, so it must be the same on every replica.
    /// </summary>
    public long Size => SizeOf(Path, Body.Length);

    /// <summary>The revision.</summary>
    public long Revision { get; }

    /// <summary>The last revision of its transaction; its own when it is the last, or alone.</summary>
    public long End => Revision + ToEnd;

    /// <summary>How many events of its transaction follow.</summary>
    public int ToEnd => (int)((_packed >> KindBits) & (MaxTransaction - 1));

    /// <summary>To which file; <c>/</c> for a Nop.</summary>
    public string Path { get; }

    /// <summary>The content written; empty for Del and Nop. Not to be changed.</summary>
    public byte[] Body { get; }

    /// <summary>The session that holds the file; 0 for none.</summary>
    public long Session => (long)(_packed >> (KindBits + OffsetBits));

    /// <summary>What it did.</summary>
    public CommandKind Kind => (CommandKind)(_packed & ((1 << KindBits) - 1));

    /// <summary>What a file, or an event, of that path and so long a body counts.</summary>
    public static long SizeOf(string path, int bodyLength) => Overhead + (2L * path.Length) + bodyLength;

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
