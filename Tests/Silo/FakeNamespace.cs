using System.Text;
using Doozer.Namespaces;
using Doozer.Replicas;
using Doozer.Tree;
using Orleans.Concurrency;

namespace Doozer.Tests.Silo;

/// <summary>A namespace without Orleans and Paxos: the real tree behind the interface, and errors on demand.</summary>
internal sealed class FakeNamespace(TreeOptions options) : ILocalNamespaceGrain
{
    private readonly VersionedTree _tree = new(options);
    private readonly TaskCompletionSource _isWaitedOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _isKeptAlive = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeNamespace()
        : this(new TreeOptions())
    {
    }

    /// <summary>When set, every call fails with it.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Fails one write after it was done, as a connection does that breaks on the way back.</summary>
    public Exception? FailureAfterNextWrite { get; set; }

    /// <summary>When set, transactions are refused.</summary>
    public TransactionFailedException? FailureOfTransactions { get; set; }

    /// <summary>When set, no session is kept alive.</summary>
    public Exception? FailureOfKeepAlive { get; set; }

    /// <summary>When set, waiting for what comes after a revision fails.</summary>
    public (long Revision, Exception Failure)? FailureOfWait { get; set; }

    public NamespaceStatus StatusToReport { get; set; } = StatusOf(leads: true, reachable: true);

    /// <summary>Files that a walk looks at before it ends with where to go on.</summary>
    public int MostLooks { get; set; } = int.MaxValue;

    public ReadMode? LastWait { get; private set; }

    public string? TransferredTo { get; private set; }

    public List<Guid> RequestIds { get; } = [];

    public long? LastFloor { get; private set; }

    public long Revision => _tree.Revision;

    /// <summary>Complete as soon as somebody waits for what has not happened yet.</summary>
    public Task IsWaitedOn => _isWaitedOn.Task;

    /// <summary>Complete as soon as a session was kept alive.</summary>
    public Task IsKeptAlive => _isKeptAlive.Task;

    /// <summary>Its name.</summary>
    public string Name { get; init; } = Names.Main;

    /// <summary>Where the list of namespaces is.</summary>
    public FakeNamespace? List { get; init; }

    public Task<long> Create(Guid requestId, long? floor = null, int replicas = 0)
    {
        byte[] record = NamespaceList.Write(
            new NamespaceRecord(Acceptors: ["n1"], ElectionQuorum: 1, WriteQuorum: 1, Replicas: replicas));
        return ChangeList(
            Command.Set(NamespaceList.PathOf(Name), record, Revisions.Missing, requestId), new NamespaceExistsException(Name));
    }

    public Task<long> Delete(Guid requestId, long? floor = null) => ChangeList(
        Command.Del(NamespaceList.PathOf(Name), Revisions.Clobber, requestId), new NoNamespaceException(Name));

    public Task<FileContent> Get(string path, long revision, ReadMode mode)
    {
        RequirePath(path);
        TreeLookup found = At(revision).Lookup(path);
        return found.Kind == TreeEntryKind.Directory
            ? throw new IsDirectoryException(path)
            : Task.FromResult(new FileContent(found.Revision, found.Body, At(revision).Revision, found.Session));
    }

    public Task<EntryStat> Stat(string path, long revision, ReadMode mode)
    {
        RequirePath(path);
        TreeLookup found = At(revision).Lookup(path);
        return Task.FromResult(
            new EntryStat((EntryKind)found.Kind, found.Revision, found.Length, At(revision).Revision, found.Session));
    }

    public Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode)
    {
        RequirePath(path);
        TreeListing page = At(revision).List(path, after, limit);
        if (page.Kind != TreeEntryKind.Directory)
            throw page.Kind == TreeEntryKind.File ? new NotDirectoryException(path) : new NotFoundException(path);
        return Task.FromResult(new DirectoryPage(
            [.. page.Entries.Select(e => new DirectoryEntry(e.Name, (EntryKind)e.Kind, e.Revision, e.Length, e.Session))],
            page.More,
            At(revision).Revision));
    }

    public Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode)
    {
        TreeWalk page = At(revision).Walk(Parse(glob), after, limit, Limits.PageBytes, MostLooks);
        return Task.FromResult(new WalkPage(
            [.. page.Files.Select(f => new WalkedFile(f.Path, f.Revision, f.Body, f.Session))],
            page.More,
            At(revision).Revision,
            page.More ? page.GoOnAfter ?? page.Files[^1].Path : null));
    }

    public Task<long> Set(
        string path, byte[] body, long revision, Guid requestId, long? floor = null, long session = 0) =>
        Write(path, Command.Set(path, body, revision, requestId) with { Floor = floor, Session = session });

    public Task<long> Del(string path, long revision, Guid requestId, long? floor = null) =>
        Write(path, Command.Del(path, revision, requestId) with { Floor = floor });

    public Task<long> Nop(Guid requestId, long? floor = null) => Write("/nop", Command.Nop(requestId) with { Floor = floor });

    public Task<long> Transact(Change[] changes, Guid requestId, long? floor = null)
    {
        Arguments.RequireChanges(changes, 1 << 20);
        if (FailureOfTransactions is not null)
            throw FailureOfTransactions;
        return Write("/", Command.Transaction([.. changes.Select(NamespaceServer.CommandOf)], requestId) with { Floor = floor });
    }

    public Task<long> OpenSession(TimeSpan ttl, string owner, Guid requestId, long? floor = null)
    {
        Arguments.RequireSession(ttl, owner);
        return Write("/", Command.OpenSession(ttl, Encoding.UTF8.GetBytes(owner), requestId) with { Floor = floor });
    }

    public Task<long[]> KeepAlive(long[] sessions)
    {
        ThrowFailure();
        if (FailureOfKeepAlive is not null)
            throw FailureOfKeepAlive;
        Arguments.RequireKeepAlive(sessions);
        _isKeptAlive.TrySetResult();
        return Task.FromResult<long[]>([.. sessions.Where(id => _tree.Sessions.Find(id) is null)]);
    }

    public Task<long> CloseSession(long session, Guid requestId, long? floor = null) =>
        Write("/", Command.CloseSession(session, requestId) with { Floor = floor });

    public Task<long> Rev(ReadMode mode) => Task.FromResult(At(Revisions.Latest).Revision);

    public async Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout, ReadMode mode)
    {
        LastWait = mode;
        Glob parsed = Parse(glob);
        long from = revision == Revisions.Latest ? _tree.Revision + 1 : revision;
        if (FailureOfWait is { } after && from > after.Revision)
            throw after.Failure;
        while (true)
        {
            EventPage page = _tree.ReadEvents(from, parsed, max, Limits.PageBytes);

            // After the read: what wakes those who wait for the failure is an event, which they must not see.
            ThrowFailure();
            if (page.TooLate)
                throw new TooLateException(from, page.OldestRevision);
            if (page.Events.Count > 0 || timeout == TimeSpan.Zero)
            {
                return new WaitResult(
                    [.. page.Events.Select(e => new FileEvent(e.Revision, KindOf(e.Kind), e.Path, e.Body, e.Session, e.End))],
                    page.Next);
            }

            from = page.Next;
            Task change = _tree.NextChange(from - 1);
            _isWaitedOn.TrySetResult();
            await change;
        }
    }

    public async Task<Immutable<FileContent>> GetShared(string path, long revision, ReadMode mode) =>
        new(await Get(path, revision, mode));

    public async Task<Immutable<WalkPage>> WalkShared(string glob, string after, int limit, long revision, ReadMode mode) =>
        new(await Walk(glob, after, limit, revision, mode));

    public async Task<Immutable<WaitResult>> WaitShared(
        string glob, long revision, int max, TimeSpan timeout, ReadMode mode) =>
        new(await Wait(glob, revision, max, timeout, mode));

    public Task<TreeDigest> Digest(long revision) =>
        Task.FromResult(new TreeDigest(At(revision).Revision, StateDigest.Of(At(revision))));

    public Task TransferLeadership(string node)
    {
        ThrowFailure();
        if (node == "n9")
            throw new InvalidArgumentException(nameof(node), "'n9' is none of n1, n2, n3");
        TransferredTo = node;
        return Task.CompletedTask;
    }

    public Task<NamespaceStatus> Status()
    {
        ThrowFailure();
        return Task.FromResult(StatusToReport);
    }

    /// <summary>Wakes those who wait, so that they meet <see cref="Failure"/>.</summary>
    public void WakeWaiters()
    {
        _tree.Apply(Command.Nop());
        _tree.Publish();
    }

    public static NamespaceStatus StatusOf(bool leads, bool reachable)
    {
        PeerStatus[] peers = [new("n1", true, 7, 0), new("n2", reachable, 6, 1), new("n3", false, -1, -1)];
        var leader = new ReplicaStatus(
            "n1", ReplicaRole.Leader, "n1", "3.n1", 7, 7, 5, 1, new QuorumStatus(["n1", "n2", "n3"], 2, 2), peers);
        return new NamespaceStatus("main", leader, leads ? leader : null);
    }

    private TreeVersion At(long revision)
    {
        ThrowFailure();
        if (revision < Revisions.Latest)
            throw new InvalidRevisionException(revision);
        return revision == Revisions.Latest ? _tree.Latest
            : _tree.TryGet(revision, out TreeVersion? tree) ? tree
            : revision < _tree.OldestRevision ? throw new TooLateException(revision, _tree.OldestRevision)
            : throw new FutureRevisionException(revision, _tree.Revision);
    }

    private Task<long> Write(string path, Command command)
    {
        RequestIds.Add(command.RequestId);
        LastFloor = command.Floor;
        ThrowFailure();
        if (command.Kind is CommandKind.Set or CommandKind.Del && TreePath.Invalid(path) is { } reason)
            throw new InvalidPathException(path, reason);
        if (TreePath.IsReserved(path))
            throw new ReservedPathException(path);
        ApplyResult result = _tree.Apply(command);
        _tree.Publish();
        if (FailureAfterNextWrite is { } failure)
        {
            FailureAfterNextWrite = null;
            throw failure;
        }

        if (result.Outcome == Outcome.Done)
            return Task.FromResult(result.Revision);
        throw NamespaceServer.Refusal(Submission.ResultOf(result), command, _tree.Bytes, long.MaxValue);
    }

    private Task<long> ChangeList(Command command, DoozerException refusal)
    {
        RequestIds.Add(command.RequestId);
        ThrowFailure();
        VersionedTree list = List!._tree;
        ApplyResult result = list.Apply(command);
        list.Publish();
        return result.Outcome == Outcome.Done ? Task.FromResult(result.Revision) : throw refusal;
    }

    private void ThrowFailure()
    {
        if (Failure is not null)
            throw Failure;
    }

    private static FileEventKind KindOf(CommandKind kind) => kind switch
    {
        CommandKind.Set => FileEventKind.Set,
        CommandKind.Del => FileEventKind.Del,
        _ => FileEventKind.Nop,
    };

    private static Glob Parse(string glob) =>
        Glob.TryParse(glob, out Glob? parsed, out string? reason) ? parsed : throw new InvalidGlobException(glob, reason);

    private static void RequirePath(string path)
    {
        if (TreePath.Invalid(path, root: true) is { } reason)
            throw new InvalidPathException(path, reason);
    }
}
