namespace Doozer.Tree;

/// <summary>
/// The retained events and, now and then among them, the whole tree. One thread appends; what it has published in a
/// <see cref="HistoryView"/> never changes, so that readers need no lock.
/// </summary>
/// <remarks>
/// What is retained follows from the events and the options alone, so that replicas with equal options retain the same: whole
/// transactions. It goes from memory a chunk at a time, and so a little later; a chunk holds whole transactions too.
/// </remarks>
internal sealed class History
{
    /// <summary>A chunk ends with this part of the bytes that may be retained, so that not much more is in memory.</summary>
    private const int ChunksInBudget = 16;

    private readonly TreeOptions _options;
    private HistoryChunk[] _chunks;
    private long _oldest;
    private long _bytes;

    /// <param name="options">How many revisions, and bytes, can be read, and how often the tree is kept.</param>
    /// <param name="revision">The revision before the first event.</param>
    /// <param name="start">The tree of that revision, which may be made when it is asked for.</param>
    /// <param name="events">Of a tree that is loaded, the events since. The trees among them are made when they are asked
    /// for.</param>
    public History(TreeOptions options, long revision, Lazy<TreeVersion> start, IReadOnlyList<TreeEvent> events)
    {
        _options = options;

        // Of a tree that was loaded, nothing before its first event is known; the empty tree is known without one.
        _oldest = revision == 0 ? 0 : revision + 1;
        var chunks = new List<HistoryChunk> { new(revision, start, options.RootInterval) };
        long end = revision;
        foreach (TreeEvent next in events)
        {
            int count = next.ToEnd + 1;
            if (next.Revision > end && !HasRoom(chunks[^1], count))
                chunks.Add(new HistoryChunk(chunks[^1], Capacity(count)));
            end = next.End;
            chunks[^1].Append(next);
            _bytes += next.Size;
        }

        _chunks = [.. chunks];
        Retire();
    }

    /// <summary>Whether the chunk takes that many events more; else a new one must be begun before.</summary>
    public bool HasRoom(int count) => HasRoom(_chunks[^1], count);

    /// <summary>Begins a new chunk, and lets go those that are too old.</summary>
    /// <param name="start">The tree as it is now.</param>
    /// <param name="count">How many events of one transaction follow.</param>
    /// <param name="nextEdit">Gives edit numbers that nobody else uses.</param>
    public void BeginChunk(TreeVersion start, int count, Func<long> nextEdit)
    {
        int dropped = 0;
        while (_chunks[dropped].LastRevision < _oldest)
            dropped++;

        // Readers may hold the old array.
        var chunks = new HistoryChunk[_chunks.Length - dropped + 1];
        Array.Copy(_chunks, dropped, chunks, 0, chunks.Length - 1);
        chunks[^1] = new HistoryChunk(start.Revision, new Lazy<TreeVersion>(start), Capacity(count));
        _chunks = chunks;

        // A chunk whose first tree is not made holds those before it.
        if (dropped > 0)
            chunks[0].Start(nextEdit);
    }

    /// <summary>Adds the next revision's event.</summary>
    public void Append(TreeEvent next)
    {
        _chunks[^1].Append(next);
        _bytes += next.Size;
        Retire();
    }

    /// <summary>The history up to a tree, for readers on any thread.</summary>
    public HistoryView View(TreeVersion latest) => new(latest, _chunks, _oldest, _bytes);

    private bool HasRoom(HistoryChunk chunk, int count) =>
        chunk.Room >= count && chunk.Bytes < _options.HistoryBytes / ChunksInBudget;

    private int Capacity(int count) => Math.Max(_options.RootInterval, count);

    /// <summary>What is over a limit is no longer retained; the newest revision always is, with its whole transaction.</summary>
    private void Retire()
    {
        HistoryChunk[] chunks = _chunks;
        long newest = chunks[^1].LastRevision;
        int at = 0;
        while (newest - _oldest >= _options.HistoryLimit || _bytes > _options.HistoryBytes)
        {
            while (chunks[at].LastRevision < _oldest)
                at++;
            long end = _oldest == 0 ? 0 : chunks[at][_oldest].End;
            if (end >= newest)
                return;
            for (; _oldest <= end; _oldest++)
                _bytes -= _oldest == 0 ? 0 : chunks[at][_oldest].Size;
        }
    }
}

/// <summary>Consecutive events, and the tree before them.</summary>
internal sealed class HistoryChunk
{
    /// <summary>Of the trees made on the way to a later one, every Nth is kept.</summary>
    private const int Sparse = 32;

    private readonly TreeEvent[] _events;
    private int _count;
    private Lazy<TreeVersion>? _start;

    // As long as the tree before the first event is not made.
    private HistoryChunk? _previous;

    /// <param name="revision">The revision before the first event.</param>
    /// <param name="start">The tree of that revision.</param>
    /// <param name="capacity">Most events.</param>
    public HistoryChunk(long revision, Lazy<TreeVersion> start, int capacity)
        : this(revision, new TreeEvent[capacity])
    {
        _start = start;
    }

    /// <summary>A chunk whose first tree is made when it is asked for.</summary>
    /// <param name="previous">The full chunk before it.</param>
    /// <param name="capacity">Most events.</param>
    public HistoryChunk(HistoryChunk previous, int capacity)
        : this(previous.LastRevision, new TreeEvent[capacity])
    {
        _previous = previous;
    }

    private HistoryChunk(long startRevision, TreeEvent[] events)
    {
        StartRevision = startRevision;
        _events = events;
    }

    /// <summary>The revision before the first event.</summary>
    public long StartRevision { get; }

    /// <summary>Revision of the last event. For the writer only.</summary>
    public long LastRevision => StartRevision + _count;

    /// <summary>How many events fit yet. For the writer only.</summary>
    public int Room => _events.Length - _count;

    /// <summary>Sizes of its events. For the writer only.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many events it has. For the writer, and for anybody once a chunk follows it.</summary>
    public int Count => _count;

    /// <summary>The event of a revision in this chunk that has been published.</summary>
    public TreeEvent this[long revision] => _events[revision - StartRevision - 1];

    /// <summary>Adds the next revision's event.</summary>
    public void Append(TreeEvent next)
    {
        _events[_count++] = next;
        Bytes += next.Size;
    }

    /// <summary>The tree before the first event.</summary>
    /// <param name="nextEdit">Gives edit numbers that nobody else uses.</param>
    public TreeVersion Start(Func<long> nextEdit)
    {
        var way = new Stack<HistoryChunk>();
        HistoryChunk known = this;

        // The thread that makes the tree stores it before letting go of the chunk before.
        while (Volatile.Read(ref known._previous) is { } previous)
        {
            way.Push(known);
            known = previous;
        }

        TreeVersion tree = known._start!.Value;
        for (int made = 1; way.TryPop(out HistoryChunk? next); made++)
        {
            long edit = nextEdit();
            var builder = new TreeBuilder(tree, edit);
            foreach (TreeEvent change in known._events.AsSpan(0, known._count))
                builder.Put(change);
            tree = builder.Freeze(edit);
            if (made % Sparse == 0 || way.Count == 0)
                next.Keep(tree);
            known = next;
        }

        return tree;
    }

    private void Keep(TreeVersion start)
    {
        Volatile.Write(ref _start, new Lazy<TreeVersion>(start));
        Volatile.Write(ref _previous, null);
    }
}
