using Doozer.Grains;
using Doozer.Placement;
using Doozer.Replicas;
using Doozer.Tree;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>
/// Serves one namespace on this silo: reads from the local replica, confirmed by the leader where they must be linearizable, and
/// writes through the leader's replica. Holds no state that matters: any number of them may run.
/// </summary>
[Reentrant]
[StatelessWorker(1)]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NamespaceGrain(
    ReplicaDrivers replicas, DoozerOptions options, TimeProvider time, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    : Grain, INamespaceGrain
{
    private readonly Dictionary<string, IReplicaGrain> _replicas = new(StringComparer.Ordinal);
    private Serving? _serving;
    private DoozerException? _refusal;
    private int _waits;

    private Serving Now
    {
        get
        {
            if (_serving is not null)
                return _serving;
            // The next activation tries again.
            DeactivateOnIdle();
            throw _refusal!;
        }
    }

    private VersionedTree Tree => Now.Replica.Tree;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string name = this.GetPrimaryKeyString();
        try
        {
            Names.RequireNamespace(name);
            ReplicaDriver replica = replicas.GetOrCreate(name);
            // Wakes the replica's grain, which then keeps itself awake.
            await Replica(options.Node).Status();
            var route = new LeaderRoute(replica, Replica, options, time, loggers.CreateLogger($"Doozer.{name}"));
            _serving = new Serving(replica, new WriteQueue(route, options), new ReadBarrier(route, options), new LeadershipTransfer(route));
        }
        catch (DoozerException exception)
        {
            // Bad input is the caller's to hear of; a failed activation would be an error in the operator's log as well.
            _refusal = exception;
        }
    }

    public async Task<FileContent> Get(string path, long revision, ReadMode mode)
    {
        RequirePath(path, rootAllowed: true);
        TreeVersion tree = await SnapshotAt(revision, mode);
        TreeLookup node = tree.Lookup(path);
        return node.Kind == TreeEntryKind.Directory
            ? throw new IsDirectoryException(path)
            : new FileContent(node.Revision, node.Body, tree.Revision);
    }

    public async Task<EntryStat> Stat(string path, long revision, ReadMode mode)
    {
        RequirePath(path, rootAllowed: true);
        TreeVersion tree = await SnapshotAt(revision, mode);
        TreeLookup node = tree.Lookup(path);
        return new EntryStat(KindOf(node.Kind), node.Revision, node.Length, tree.Revision);
    }

    public async Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode)
    {
        RequirePath(path, rootAllowed: true);
        RequirePageSize(limit, nameof(limit));
        ArgumentNullException.ThrowIfNull(after);
        TreeVersion tree = await SnapshotAt(revision, mode);
        TreeListing page = tree.List(path, after, limit);
        switch (page.Kind)
        {
            case TreeEntryKind.File:
                throw new NotDirectoryException(path);
            case TreeEntryKind.Missing:
                throw new NotFoundException(path);
        }

        DirectoryEntry[] entries = [.. page.Entries.Select(e => new DirectoryEntry(e.Name, KindOf(e.Kind), e.Revision, e.Length))];
        return new DirectoryPage(entries, page.More, tree.Revision);
    }

    public async Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode)
    {
        Glob parsed = RequireGlob(glob);
        RequirePageSize(limit, nameof(limit));
        ArgumentNullException.ThrowIfNull(after);
        TreeVersion tree = await SnapshotAt(revision, mode);
        TreeWalk page = tree.Walk(parsed, after, limit, Limits.PageBytes);
        WalkedFile[] files = [.. page.Files.Select(f => new WalkedFile(f.Path, f.Revision, f.Body))];
        return new WalkPage(files, page.More, tree.Revision);
    }

    public Task<long> Set(string path, byte[] body, long revision, Guid requestId)
    {
        RequireWritable(path, revision);
        if (body is null)
            throw new InvalidArgumentException(nameof(body), "it is missing");
        if (body.Length > options.MaxBodyBytes)
            throw new BodyTooLargeException(body.Length, options.MaxBodyBytes);
        return Write(new Command(IdFor(requestId), CommandKind.Set, path, body, revision));
    }

    public Task<long> Del(string path, long revision, Guid requestId)
    {
        RequireWritable(path, revision);
        return Write(new Command(IdFor(requestId), CommandKind.Del, path, default, revision));
    }

    public Task<long> Nop(Guid requestId) => Write(new Command(IdFor(requestId), CommandKind.Nop, "/", default, Revisions.Clobber));

    public async Task<long> Rev(ReadMode mode) => (await SnapshotAt(Revisions.Latest, mode)).Revision;

    public async Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout)
    {
        Glob parsed = RequireGlob(glob);
        RequirePageSize(max, nameof(max));
        if (timeout < TimeSpan.Zero || timeout > Limits.WaitTimeout)
            throw new InvalidArgumentException(nameof(timeout), $"it must be from 0 to {Limits.WaitTimeout.TotalSeconds} s");
        if (revision < Revisions.Latest)
            throw new InvalidRevisionException(revision);
        if (_waits >= options.MaxWaitingRequests)
            throw new OverloadedException("waiting requests", options.MaxWaitingRequests);
        _waits++;
        try
        {
            return await FirstEvents(parsed, revision == Revisions.Latest ? Tree.Revision + 1 : Math.Max(revision, 1), max, timeout);
        }
        finally
        {
            _waits--;
        }
    }

    public Task TransferLeadership(string node) => Now.Transfer.To(node);

    public async Task<NamespaceStatus> Status()
    {
        ReplicaStatus local = await Replica(options.Node).Status();
        ReplicaStatus? leading = local.Leader == options.Node ? local : null;
        if (leading is null && local.Leader.Length > 0)
        {
            try
            {
                leading = await Replica(local.Leader).Status().WaitAsync(options.RequestTimeout / 4, time);
            }
            catch (Exception)
            {
                // Whatever the reason, the status then says that the leader cannot be reached.
            }
        }

        return new NamespaceStatus(Now.Replica.Namespace, local, leading);
    }

    private async Task<WaitResult> FirstEvents(Glob glob, long from, int max, TimeSpan timeout)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            EventPage page = Tree.ReadEvents(from, glob, max, Limits.PageBytes);
            if (page.TooLate)
                throw new TooLateException(from, page.OldestRevision);
            if (page.Events.Count > 0)
                return new WaitResult([.. page.Events.Select(ToFileEvent)], page.Next);
            from = page.Next;
            if (from <= Tree.Revision)
            {
                // The scan of a long history is cut into pieces so that other requests get their turn.
                await Task.Yield();
                continue;
            }

            TimeSpan left = timeout - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                return new WaitResult([], from);
            try
            {
                await Tree.NextChange(from - 1).WaitAsync(left, time, lifetime.ApplicationStopping);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                return new WaitResult([], from);
            }
        }
    }

    /// <summary>The tree to answer from. A revision that is applied here cannot change, so it needs no confirmation.</summary>
    private async ValueTask<TreeVersion> SnapshotAt(long revision, ReadMode mode)
    {
        if (revision < Revisions.Latest)
            throw new InvalidRevisionException(revision);
        if (mode == ReadMode.Linearizable && (revision == Revisions.Latest || revision > Tree.Revision))
            await Now.Barrier.Pass();
        if (revision == Revisions.Latest)
            return Tree.Latest;
        if (Tree.TryGet(revision, out TreeVersion? snapshot))
            return snapshot;
        if (revision > Tree.Revision)
            throw new FutureRevisionException(revision, Tree.Revision);
        throw new TooLateException(revision, Tree.OldestRevision);
    }

    private async Task<long> Write(Command command)
    {
        CommandResult result = await Now.Writes.Add(command);
        return result.Outcome switch
        {
            CommandOutcome.Done => result.Revision,
            CommandOutcome.RevisionMismatch => throw new RevisionMismatchException(command.Path, command.Revision, result.Revision),
            CommandOutcome.NotFound => throw new NotFoundException(command.Path),
            CommandOutcome.IsDirectory => throw new IsDirectoryException(command.Path),
            CommandOutcome.NotDirectory => throw new NotDirectoryException(command.Path),
            _ => throw new InvalidOperationException($"Unknown outcome {result.Outcome}."),
        };
    }

    private IReplicaGrain Replica(string node)
    {
        // Looked up for every call to the leader, and not cheap to make.
        if (!_replicas.TryGetValue(node, out IReplicaGrain? replica))
            _replicas[node] = replica = GrainFactory.GetGrain<IReplicaGrain>(Names.ReplicaKey(this.GetPrimaryKeyString(), node));
        return replica;
    }

    private static Guid IdFor(Guid requestId) => requestId == Guid.Empty ? Guid.NewGuid() : requestId;

    private static FileEvent ToFileEvent(TreeEvent e) => new(e.Revision, KindOf(e.Kind), e.Path, e.Body);

    private static EntryKind KindOf(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.File => EntryKind.File,
        TreeEntryKind.Directory => EntryKind.Directory,
        _ => EntryKind.Missing,
    };

    private static FileEventKind KindOf(CommandKind kind) => kind switch
    {
        CommandKind.Set => FileEventKind.Set,
        CommandKind.Del => FileEventKind.Del,
        _ => FileEventKind.Nop,
    };

    private static void RequirePath(string path, bool rootAllowed = false)
    {
        if (TreePath.Invalid(path, rootAllowed) is { } reason)
            throw new InvalidPathException(path ?? "", reason);
    }

    private static void RequireWritable(string path, long revision)
    {
        RequirePath(path);
        if (TreePath.IsReserved(path))
            throw new ReservedPathException(path);
        if (revision is < Revisions.Clobber or long.MaxValue)
            throw new InvalidRevisionException(revision);
    }

    private static Glob RequireGlob(string glob) =>
        Glob.TryParse(glob, out Glob? parsed, out string? reason) ? parsed : throw new InvalidGlobException(glob ?? "", reason);

    private static void RequirePageSize(int size, string argument)
    {
        if (size is < 1 or > Limits.PageSize)
            throw new InvalidArgumentException(argument, $"it must be from 1 to {Limits.PageSize}");
    }

    /// <summary>What an activation serves with.</summary>
    private sealed record Serving(ReplicaDriver Replica, WriteQueue Writes, ReadBarrier Barrier, LeadershipTransfer Transfer);
}
