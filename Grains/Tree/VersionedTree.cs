namespace Doozer.Tree;

/// <summary>
/// The replicated state: a tree of small files, its history, and the results of recent requests. One thread applies commands in
/// the log's order and publishes them; any thread reads what was published.
/// </summary>
/// <remarks>
/// Everything that <see cref="Apply"/> answers follows from the commands before it, so that all replicas agree. A command that
/// succeeds takes the next revision, from 1; one that fails takes none and changes nothing but the table of requests.
/// </remarks>
internal sealed partial class VersionedTree
{
    private readonly TreeOptions _options;
    private RequestTable _requests;
    private History _history;
    private TreeBuilder _builder;
    private HistoryView _published;
    private TreeVersion? _rebuilt;
    private ulong _filesDigest;
    private long _bytes;
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
        _history = history;
        _builder = new TreeBuilder(latest, _edit);
        _filesDigest = StateDigest.Of(latest);
        _bytes = latest.MeasureFiles();
        _published = _history.View(latest);
    }

    /// <summary>
    /// A digest of all files and of the requests, as applied; equal on all replicas that applied the same log. For the
    /// writer's thread only.
    /// </summary>
    public ulong Digest => _filesDigest + _requests.Digest;

    /// <summary>The newest published tree.</summary>
    public TreeVersion Latest => Volatile.Read(ref _published).Latest;

    /// <summary>The newest published revision.</summary>
    public long Revision => Latest.Revision;

    /// <summary>Oldest revision that can be read or watched from; 0 is the empty tree.</summary>
    public long OldestRevision => Volatile.Read(ref _published).OldestRevision;

    /// <summary>What the files count together, in bytes (<see cref="TreeEvent.Size"/>).</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What the retained history counts, in bytes.</summary>
    public long HistoryBytes => Volatile.Read(ref _published).Bytes;

    /// <summary>
    /// Applies the next command of the log. Its body is copied. For the writer's thread only; readers see nothing of it until
    /// <see cref="Publish"/>.
    /// </summary>
    /// <remarks>
    /// Of several reasons to fail the first of these is told: Set: <see cref="Outcome.IsDirectory"/>,
    /// <see cref="Outcome.NotDirectory"/>, <see cref="Outcome.RevisionMismatch"/>, <see cref="Outcome.StoreFull"/>; Del:
    /// <see cref="Outcome.IsDirectory"/>, <see cref="Outcome.NotFound"/>, <see cref="Outcome.RevisionMismatch"/>. Before all
    /// that, a request id that is known gets the remembered result, or <see cref="Outcome.RequestIdReused"/> with another
    /// command, and one that may have been forgotten <see cref="Outcome.RequestTooOld"/>.
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

    /// <summary>Reads the tree at a revision.</summary>
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

    private ApplyResult Execute(in Command command) => command.Kind switch
    {
        CommandKind.Set => Set(command),
        CommandKind.Del => Del(command),
        CommandKind.Nop => Append(CommandKind.Nop, TreePath.Root, [], null),
        _ => throw new InvalidCommandException($"its kind is {(int)command.Kind}, which is not known"),
    };

    private ApplyResult Set(in Command command)
    {
        TreeEvent? file = _builder.Find(command.Path);
        if (file is null)
        {
            // A path that is there has been checked when it came. A bad one would spoil the directories for good.
            if (TreePath.Invalid(command.Path, root: true) is { } reason)
                throw new InvalidCommandException($"its path is not valid: {reason}");
            if (_builder.IsDirectory(command.Path))
                return new ApplyResult(Outcome.IsDirectory, 0);
            if (_builder.IsBelowFile(command.Path))
                return new ApplyResult(Outcome.NotDirectory, 0);
        }

        long current = file?.Revision ?? 0;
        if (command.Revision != Command.Clobber && command.Revision < current)
            return new ApplyResult(Outcome.RevisionMismatch, current);
        long growth = TreeEvent.SizeOf(command.Path, command.Body.Length) - (file?.Size ?? 0);
        if (command.TreeLimit != 0 && growth > 0 && _bytes + growth > command.TreeLimit)
            return new ApplyResult(Outcome.StoreFull, 0);
        return Append(CommandKind.Set, file?.Path ?? command.Path, command.Body.ToArray(), file);
    }

    private ApplyResult Del(in Command command)
    {
        TreeEvent? file = _builder.Find(command.Path);
        if (file is null)
            return new ApplyResult(_builder.IsDirectory(command.Path) ? Outcome.IsDirectory : Outcome.NotFound, 0);
        if (command.Revision != Command.Clobber && command.Revision < file.Revision)
            return new ApplyResult(Outcome.RevisionMismatch, file.Revision);
        return Append(CommandKind.Del, file.Path, [], file);
    }

    private ApplyResult Append(CommandKind kind, string path, byte[] body, TreeEvent? replaced) =>
        Append(new TreeEvent(_builder.Revision + 1, kind, path, body), replaced);

    private ApplyResult Append(TreeEvent next, TreeEvent? replaced)
    {
        if (_history.IsChunkFull)
            _history.BeginChunk(_builder.Freeze(NextEdit()), NextEdit);

        if (replaced is not null)
            _filesDigest -= StateDigest.Of(replaced);
        if (next.Kind == CommandKind.Set)
            _filesDigest += StateDigest.Of(next);
        _builder.Put(next);
        _history.Append(next);
        Interlocked.Add(ref _bytes, (next.Kind == CommandKind.Set ? next.Size : 0) - (replaced?.Size ?? 0));
        return new ApplyResult(Outcome.Done, next.Revision);
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
