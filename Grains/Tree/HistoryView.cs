namespace Doozer.Tree;

/// <summary>The history as one <see cref="VersionedTree.Publish"/> left it. Safe for any thread.</summary>
/// <param name="latest">The newest tree.</param>
/// <param name="chunks">The events, and trees among them.</param>
/// <param name="oldestRevision">Oldest revision that may be read.</param>
/// <param name="bytes">Sizes of the events from the oldest revision on.</param>
internal sealed class HistoryView(TreeVersion latest, HistoryChunk[] chunks, long oldestRevision, long bytes)
{
    // Stands for "already published": a waiter that comes too late finds it.
    private static readonly TaskCompletionSource Passed = new();

    private TaskCompletionSource? _next;

    /// <summary>The newest tree.</summary>
    public TreeVersion Latest { get; } = latest;

    /// <summary>Oldest revision that may be read.</summary>
    public long OldestRevision { get; } = oldestRevision;

    /// <summary>Sizes of the events from the oldest revision on.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>The event of a revision from 1, not before the oldest nor after the newest.</summary>
    public TreeEvent this[long revision] => chunks[ChunkWith(revision - 1)][revision];

    /// <summary>The events after a revision, for one who goes through them.</summary>
    public HistoryEvents EventsAfter(long revision) => new(chunks[ChunkWith(revision)..], revision);

    /// <summary>Makes the tree of a revision, not before the oldest nor after the newest, from the nearest older one.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="near">A tree that may be nearer than the one kept.</param>
    /// <param name="nextEdit">Gives edit numbers that nobody else uses.</param>
    public TreeVersion Rebuild(long revision, TreeVersion? near, Func<long> nextEdit)
    {
        if (revision == Latest.Revision)
            return Latest;

        HistoryChunk chunk = chunks[ChunkWith(revision)];
        TreeVersion start = near is not null && near.Revision <= revision && near.Revision >= chunk.StartRevision
            ? near
            : chunk.Start(nextEdit);
        if (start.Revision == revision)
            return start;

        long edit = nextEdit();
        var builder = new TreeBuilder(start, edit);
        while (builder.Revision < revision)
            builder.Put(this[builder.Revision + 1]);
        return builder.Freeze(edit);
    }

    /// <summary>Completes when a newer view is published. All who wait share one task.</summary>
    public Task Next()
    {
        TaskCompletionSource? next = Volatile.Read(ref _next);
        if (next is null)
        {
            // The writer must not run its waiters' code.
            var created = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            next = Interlocked.CompareExchange(ref _next, created, null) ?? created;
        }

        return ReferenceEquals(next, Passed) ? Task.CompletedTask : next.Task;
    }

    /// <summary>Wakes those who wait, after a newer view was published.</summary>
    public void Pass() => Interlocked.Exchange(ref _next, Passed)?.TrySetResult();

    /// <summary>The last chunk that begins with a tree not after the revision.</summary>
    private int ChunkWith(long revision)
    {
        int low = 0;
        int high = chunks.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (chunks[middle].StartRevision <= revision)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }
}

/// <summary>
/// Goes through retained events in order, and lets go what it has passed: the writer may have dropped it meanwhile.
/// </summary>
/// <param name="chunks">The chunks that have them; its own.</param>
/// <param name="revision">The revision before the first.</param>
internal sealed class HistoryEvents(HistoryChunk?[] chunks, long revision)
{
    private long _passed = revision;
    private int _at;

    /// <summary>The next event. There must be one.</summary>
    public TreeEvent Next()
    {
        _passed++;
        while (_at + 1 < chunks.Length && chunks[_at + 1]!.StartRevision < _passed)
            chunks[_at++] = null;
        return chunks[_at]![_passed];
    }
}
