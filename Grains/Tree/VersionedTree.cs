namespace Doozer.Tree;

/// <summary>
/// The replicated state: a tree of small files, its history, and the results of recent requests. One thread applies commands in
/// the log's order and publishes them; any thread reads what was published.
/// </summary>
/// <remarks>
/// Everything that <see cref="Apply"/> answers follows from the commands before it, so that all replicas agree. A command that
/// succeeds takes the next revision, from 1, and a transaction as many as it changes files; one that fails takes none and changes
/// nothing but the table of requests. No reader sees a tree within a transaction.
/// </remarks>
internal sealed partial class VersionedTree
{
    private readonly TreeOptions _options;
    private RequestTable _requests;
    private SessionTable _sessions;
    private History _history;
    private TreeBuilder _builder;
    private HistoryView _published;
    private TreeVersion? _rebuilt;
    private ulong _filesDigest;
    private long _bytes;
    private long _files;
    private long _edit = 1;

    /// <summary>Creates the empty tree at revision 0.</summary>
    /// <param name="options">Its limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public VersionedTree(TreeOptions options)
        : this(options, NewHistory(options, 0, new Lazy<TreeVersion>(TreeVersion.Empty), []), TreeVersion.Empty)
    {
    }

    private VersionedTree(TreeOptions options, History history, TreeVersion latest)
    {
        _options = options;
        _requests = new RequestTable(options.RequestLimit);
        _sessions = new SessionTable(latest);
        _history = history;
        _builder = new TreeBuilder(latest, _edit);
        _filesDigest = StateDigest.Of(latest);
        (_files, _bytes) = latest.MeasureFiles();
        _published = _history.View(latest);
    }

    /// <summary>
    /// A digest of all files and of the requests, as applied; equal on all replicas that applied the same log. For the
    /// writer's thread only.
    /// </summary>
    public ulong Digest => _filesDigest + _requests.Digest;

    /// <summary>The open sessions, as applied. For the writer's thread only.</summary>
    public SessionTable Sessions => _sessions;

    /// <summary>The newest published tree.</summary>
    public TreeVersion Latest => Volatile.Read(ref _published).Latest;

    /// <summary>The newest published revision.</summary>
    public long Revision => Latest.Revision;

    /// <summary>Oldest revision that can be read or watched from; 0 is the empty tree.</summary>
    public long OldestRevision => Volatile.Read(ref _published).OldestRevision;

    /// <summary>What the files count together, in bytes (<see cref="TreeEvent.Size"/>).</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How many files there are.</summary>
    public long FileCount => Interlocked.Read(ref _files);

    /// <summary>What the retained history counts, in bytes.</summary>
    public long HistoryBytes => Volatile.Read(ref _published).Bytes;

    /// <summary>
    /// Applies the next command of the log. Its body is copied. For the writer's thread only; readers see nothing of it until
    /// <see cref="Publish"/>.
    /// </summary>
    /// <remarks>
    /// Of several reasons to fail the first of these is told: Set: <see cref="Outcome.IsDirectory"/>,
    /// <see cref="Outcome.NotDirectory"/>, <see cref="Outcome.RevisionMismatch"/>, <see cref="Outcome.SessionExpired"/>,
    /// <see cref="Outcome.SessionFull"/>, <see cref="Outcome.StoreFull"/>; Del: <see cref="Outcome.IsDirectory"/>,
    /// <see cref="Outcome.NotFound"/>, <see cref="Outcome.RevisionMismatch"/>; a transaction: that of its first change that
    /// fails. Before all that, a request id that is known gets the remembered result, or <see cref="Outcome.RequestIdReused"/>
    /// with another command, and one that may have been forgotten <see cref="Outcome.RequestTooOld"/>.
    /// </remarks>
    /// <param name="command">A command as <see cref="Command.Decode"/> gives them.</param>
    /// <exception cref="InvalidCommandException">The command breaks the rules that decoding checks; nothing was
    /// changed.</exception>
    public ApplyResult Apply(in Command command)
    {
        if (command.RequestId == Guid.Empty)
            return Execute(command);
        int digest = command.Digest();
        if (_requests.TryGet(command.RequestId, out RequestEntry known))
        {
            return known.Digest == 0 || known.Digest == digest
                ? known.Result
                : new ApplyResult(Outcome.RequestIdReused, 0);
        }

        long before = _builder.Revision;
        if (command.Floor <= _requests.Forgotten)
            return new ApplyResult(Outcome.RequestTooOld, before);
        ApplyResult result = Execute(command);
        _requests.Add(new RequestEntry(command.RequestId, result, before, digest));
        return result;
    }

    /// <summary>Makes what was applied visible to readers and wakes those who wait. For the writer's thread only.</summary>
    public void Publish()
    {
        HistoryView last = _published;
        if (_builder.Revision == last.Latest.Revision)
            return;

        HistoryView next = _history.View(_builder.Freeze(NextEdit()));
        Volatile.Write(ref _published, next);
        last.Pass();

        // Nobody can ask for it any more, and it may hold what the history has let go.
        if (Volatile.Read(ref _rebuilt) is { } rebuilt && rebuilt.Revision < next.OldestRevision)
            Volatile.Write(ref _rebuilt, null);
    }

    /// <summary>Reads the tree at a revision; at one within a transaction, as it is at its end.</summary>
    /// <param name="revision">The revision; 0 is the empty tree.</param>
    /// <param name="snapshot">The tree.</param>
    /// <returns>
    /// False when the revision is older than <see cref="OldestRevision"/> or newer than <see cref="Revision"/>.
    /// </returns>
    public bool TryGet(long revision, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TreeVersion? snapshot)
    {
        HistoryView view = Volatile.Read(ref _published);
        if (revision < view.OldestRevision || revision > view.Latest.Revision)
        {
            snapshot = null;
            return false;
        }

        if (revision > 0)
            revision = view[revision].End;

        // Who pages through an old revision asks for it again and again, so the last one made is kept.
        snapshot = view.Rebuild(revision, Volatile.Read(ref _rebuilt), NextEdit);
        if (!ReferenceEquals(snapshot, view.Latest))
            Volatile.Write(ref _rebuilt, snapshot);
        return true;
    }

    /// <summary>
    /// Reads events in order. Looks at no more than <see cref="TreeOptions.ScanLimit"/> of them: a page may be empty and yet its
    /// <see cref="EventPage.Next"/> not beyond its <see cref="EventPage.Revision"/>; then go on at once.
    /// </summary>
    /// <param name="from">The first revision of interest; it may be in the future.</param>
    /// <param name="glob">Which paths. A Nop's is <c>/</c>.</param>
    /// <param name="max">At most this many events, at least 1.</param>
    /// <param name="maxBytes">The page ends once its bodies reach this many bytes.</param>
    public EventPage ReadEvents(long from, Glob glob, int max, long maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        HistoryView view = Volatile.Read(ref _published);
        long newest = view.Latest.Revision;
        long next = Math.Max(from, 1);
        if (next < view.OldestRevision)
            return new EventPage(TooLate: true, [], from, newest, view.OldestRevision);

        List<TreeEvent>? events = null;
        long bytes = 0;
        for (int scanned = 0; next <= newest && scanned < _options.ScanLimit; scanned++)
        {
            TreeEvent found = view[next++];
            if (!glob.Matches(found.Path))
                continue;

            (events ??= []).Add(found);
            bytes += found.Body.Length;
            if (events.Count == max || bytes >= maxBytes)
                break;
        }

        return new EventPage(TooLate: false, events is null ? [] : events, next, newest, view.OldestRevision);
    }

    /// <summary>
    /// Waits for news: completes at once when a revision after <paramref name="after"/> is published, else with the next that is.
    /// That one is after <paramref name="after"/> unless the caller waits for a revision in the future, so look again.
    /// </summary>
    /// <remarks>
    /// The task is shared and never fails; give up by <see cref="Task.WaitAsync(CancellationToken)"/>, which leaves nothing
    /// behind.
    /// </remarks>
    /// <param name="after">A revision.</param>
    public Task NextChange(long after)
    {
        HistoryView view = Volatile.Read(ref _published);
        return view.Latest.Revision > after ? Task.CompletedTask : view.Next();
    }

    /// <summary>
    /// Publishes, and takes all of the tree's state as it is now, for any thread. For the writer's thread only.
    /// </summary>
    public TreeCapture Capture()
    {
        Publish();
        return new TreeCapture(_published, _requests.View(), NextEdit, _filesDigest);
    }

    private static History NewHistory(
        TreeOptions options, long revision, Lazy<TreeVersion> start, IReadOnlyList<TreeEvent> events)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new History(options, revision, start, events);
    }

    // Readers who make an old tree again take numbers too.
    private long NextEdit() => Interlocked.Increment(ref _edit);
}
