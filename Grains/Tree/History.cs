namespace Doozer.Tree;

/// <summary>
/// The retained events and, at every so-manieth revision, the whole tree. One thread appends; what it has published in a
/// <see cref="HistoryView"/> never changes, so that readers need no lock.
/// </summary>
/// <param name="limit">How many of the newest revisions can be read.</param>
/// <param name="interval">A tree is kept every so many revisions.</param>
/// <param name="start">The tree before the first event.</param>
internal sealed class History(int limit, int interval, TreeSnapshot start)
{
    // Of a tree that was loaded, nothing before its first event is known; the empty tree is known without one.
    private readonly long _first = start.Revision == 0 ? 0 : start.Revision + 1;

    private HistoryChunk[] _chunks = [new(start, interval)];

    /// <summary>Whether a new chunk must be begun before the next event.</summary>
    public bool IsChunkFull => _chunks[^1].IsFull;

    /// <summary>Begins a new chunk, and lets go those that are too old.</summary>
    /// <param name="start">The tree as it is now.</param>
    public void BeginChunk(TreeSnapshot start)
    {
        long oldest = OldestRevision(start.Revision);
        int dropped = 0;
        while (_chunks[dropped].LastRevision < oldest)
            dropped++;

        // Readers may hold the old array.
        var chunks = new HistoryChunk[_chunks.Length - dropped + 1];
        Array.Copy(_chunks, dropped, chunks, 0, chunks.Length - 1);
        chunks[^1] = new HistoryChunk(start, interval);
        _chunks = chunks;
    }

    /// <summary>Adds the next revision's event.</summary>
    public void Append(TreeEvent next) => _chunks[^1].Append(next);

    /// <summary>The history up to a tree, for readers on any thread.</summary>
    public HistoryView View(TreeSnapshot latest) => new(latest, _chunks, interval, OldestRevision(latest.Revision));

    private long OldestRevision(long newest) => Math.Max(_first, newest - limit + 1);
}

/// <summary>A tree and the events that follow it.</summary>
/// <param name="start">The tree.</param>
/// <param name="capacity">Most events.</param>
internal sealed class HistoryChunk(TreeSnapshot start, int capacity)
{
    private readonly TreeEvent[] _events = new TreeEvent[capacity];
    private int _count;

    /// <summary>The tree before the first event.</summary>
    public TreeSnapshot Start { get; } = start;

    /// <summary>Revision of the last event. For the writer only.</summary>
    public long LastRevision => Start.Revision + _count;

    /// <summary>Whether no event fits any more. For the writer only.</summary>
    public bool IsFull => _count == _events.Length;

    /// <summary>The event of a revision in this chunk that has been published.</summary>
    public TreeEvent this[long revision] => _events[revision - Start.Revision - 1];

    /// <summary>Adds the next revision's event.</summary>
    public void Append(TreeEvent next) => _events[_count++] = next;
}
