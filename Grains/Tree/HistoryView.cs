namespace Doozer.Tree;

/// <summary>The history as one <see cref="VersionedTree.Publish"/> left it. Safe for any thread.</summary>
/// <param name="latest">The newest tree.</param>
/// <param name="chunks">The events, and trees among them.</param>
/// <param name="interval">How many events are in a chunk.</param>
/// <param name="oldestRevision">Oldest revision that may be read.</param>
internal sealed class HistoryView(TreeVersion latest, HistoryChunk[] chunks, int interval, long oldestRevision)
{
    // Stands for "already published": a waiter that comes too late finds it.
    private static readonly TaskCompletionSource Passed = new();

    private TaskCompletionSource? _next;

    /// <summary>The newest tree.</summary>
    public TreeVersion Latest { get; } = latest;

    /// <summary>Oldest revision that may be read.</summary>
    public long OldestRevision { get; } = oldestRevision;

    /// <summary>The event of a revision from 1, not before the oldest nor after the newest.</summary>
    public TreeEvent this[long revision] => chunks[(revision - 1 - chunks[0].StartRevision) / interval][revision];

    /// <summary>Makes the tree of a revision, not before the oldest nor after the newest, from the nearest older one.</summary>
    /// <param name="revision">The revision.</param>
    /// <param name="near">A tree that may be nearer than the one kept.</param>
    /// <param name="nextEdit">Gives edit numbers that nobody else uses.</param>
    public TreeVersion Rebuild(long revision, TreeVersion? near, Func<long> nextEdit)
    {
        if (revision == Latest.Revision)
            return Latest;

        long index = (revision - chunks[0].StartRevision) / interval;
        HistoryChunk chunk = chunks[Math.Min(index, chunks.Length - 1)];
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
}
