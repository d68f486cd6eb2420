namespace Doozer.Replicas;

/// <summary>How snapshots are taken and exchanged. What an operator sets is in <see cref="Grains.DoozerOptions"/>.</summary>
internal sealed record SnapshotOptions
{
    /// <summary>Bytes of a snapshot that a peer is sent at once.</summary>
    public int ChunkBytes { get; init; } = 256 << 10;

    /// <summary>A read of the snapshot by a peer within this time means that it is pulling it.</summary>
    public TimeSpan PullTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After a snapshot that could not be written, the next is tried this much later.</summary>
    public TimeSpan RetryTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Most bytes of accepted batches beyond the applied slot with which a snapshot is begun, since they are written again. It
    /// must fit into what the log lets wait beside the half that replicas may fill.
    /// </summary>
    public long MaxRewrittenBytes { get; init; } = 32 << 20;

    /// <summary>
    /// A namespace that pins old segments, and has less in its log since its snapshot than this, has that rewritten instead of a
    /// new snapshot.
    /// </summary>
    public long SmallLogBytes { get; init; } = 1 << 20;

    /// <summary>A namespace that needs more segments of the log than this keeps the others from dropping theirs.</summary>
    public int MaxSegmentsKept { get; init; } = 6;

    /// <summary>Ticks after which files are closed that no peer reads any more.</summary>
    public int TicksBetweenCleanings { get; init; } = 400;
}
