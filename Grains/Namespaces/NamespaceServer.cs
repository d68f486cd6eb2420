using Doozer.Grains;
using Doozer.Node;
using Doozer.Replicas;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>
/// Serves one namespace on one node: reads from the local replica, confirmed by the leader where they must be linearizable, and
/// writes through the leader's replica. It holds no state that matters: any number of them may run. Its members are those of
/// <see cref="INamespaceGrain"/>, and to be called on one scheduler.
/// </summary>
internal sealed partial class NamespaceServer
{
    private readonly ReplicaDriver _replica;
    private readonly Func<string, IReplicaGrain> _replicaOn;
    private readonly DoozerOptions _options;
    private readonly TimeProvider _time;
    private readonly LeaderRoute _route;
    private readonly WriteQueue _writes;
    private readonly ReadBarrier _barrier;
    private readonly KeepAliveQueue _keepAlives;
    private readonly LeadershipTransfer _transfer;
    private readonly LongReads _longReads;
    private readonly EventReader _events;
    private readonly Admission _waits;
    private readonly NamespaceMeter _meter;
    private readonly DiskRoom? _room;

    /// <param name="replica">The node's replica of the namespace.</param>
    /// <param name="replicaOn">Finds the replica on a node.</param>
    /// <param name="events">Reads and awaits events.</param>
    /// <param name="longReads">Where reads run that may take long.</param>
    /// <param name="options">The node's options.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failed calls are told of.</param>
    /// <param name="room">Knows the room on the disks; without it there is always enough.</param>
    public NamespaceServer(
        ReplicaDriver replica,
        Func<string, IReplicaGrain> replicaOn,
        EventReader events,
        LongReads longReads,
        DoozerOptions options,
        TimeProvider time,
        ILogger logger,
        DiskRoom? room = null)
    {
        _room = room;
        _events = events;
        _longReads = longReads;
        _replica = replica;
        _replicaOn = replicaOn;
        _options = options;
        _time = time;
        _route = new LeaderRoute(replica, replicaOn, options, time, logger);
        _writes = new WriteQueue(_route, options);
        _barrier = new ReadBarrier(_route, options);
        _keepAlives = new KeepAliveQueue(_route, options);
        _transfer = new LeadershipTransfer(_route);
        _waits = new Admission("waiting requests", options.MaxWaitingRequests);
        _meter = new NamespaceMeter(replica.Namespace, time);
    }

    /// <summary>Which namespace of its name it serves.</summary>
    public GroupName Group => _replica.Group;

    /// <summary>Whether it is deleted: then nothing may be answered from here, not even what the replica still has.</summary>
    public bool IsDeleted => _replica.IsDeleted;

    public async Task<FileContent> Get(string path, long revision, ReadMode mode)
    {
        Arguments.RequirePath(path, rootAllowed: true);
        TreeVersion tree = await VersionAt(revision, mode);
        TreeLookup found = tree.Lookup(path);
        return found.Kind == TreeEntryKind.Directory
            ? throw new IsDirectoryException(path)
            : new FileContent(found.Revision, found.Body, tree.Revision, found.Session);
    }

    public async Task<EntryStat> Stat(string path, long revision, ReadMode mode)
    {
        Arguments.RequirePath(path, rootAllowed: true);
        TreeVersion tree = await VersionAt(revision, mode);
        TreeLookup found = tree.Lookup(path);
        return new EntryStat(KindOf(found.Kind), found.Revision, found.Length, tree.Revision, found.Session);
    }

    public async Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode)
    {
        Arguments.RequirePath(path, rootAllowed: true);
        Arguments.RequirePageSize(limit, nameof(limit));
        Arguments.RequireAfter(after);
        TreeVersion tree = await VersionAt(revision, mode);
        TreeListing page = await _longReads.Read(() => tree.List(path, after, limit));
        switch (page.Kind)
        {
            case TreeEntryKind.File:
                throw new NotDirectoryException(path);
            case TreeEntryKind.Missing:
                throw new NotFoundException(path);
        }

        DirectoryEntry[] entries =
            [.. page.Entries.Select(e => new DirectoryEntry(e.Name, KindOf(e.Kind), e.Revision, e.Length, e.Session))];
        return new DirectoryPage(entries, page.More, tree.Revision);
    }

    public async Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode)
    {
        Glob parsed = Arguments.RequireGlob(glob);
        Arguments.RequirePageSize(limit, nameof(limit));
        Arguments.RequireAfter(after);
        TreeVersion tree = await VersionAt(revision, mode);
        TreeWalk page = await _longReads.Walk(tree, parsed, after, limit, Limits.PageBytes);
        WalkedFile[] files = [.. page.Files.Select(f => new WalkedFile(f.Path, f.Revision, f.Body, f.Session))];
        string? goOnAfter = page.More ? page.GoOnAfter ?? files[^1].Path : null;
        return new WalkPage(files, page.More, tree.Revision, goOnAfter);
    }

    public async Task<long> Rev(ReadMode mode) => (await VersionAt(Revisions.Latest, mode)).Revision;

    public async Task<TreeDigest> Digest(long revision)
    {
        TreeVersion tree = await VersionAt(revision, ReadMode.Local);
        return new TreeDigest(tree.Revision, await _longReads.Digest(tree));
    }

    public async Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout, ReadMode mode)
    {
        Glob parsed = Arguments.RequireWait(glob, revision, max, timeout);
        using Admission.Entry wait = _waits.Enter();
        long from = revision == Revisions.Latest ? _replica.Tree.Revision + 1 : Math.Max(revision, 1);
        if (mode == ReadMode.Linearizable)
            await RequireReached(from);
        return await _events.Next(parsed, from, max, timeout, mode);
    }

    public Task TransferLeadership(string node) => _transfer.To(node);

    public async Task<NamespaceStatus> Status()
    {
        ReplicaStatus local = await _replicaOn(_options.Node).Status();
        ReplicaStatus? leading = local.Leader == _options.Node ? local : null;
        if (leading is null && local.Leader.Length > 0)
        {
            try
            {
                leading = await _replicaOn(local.Leader).Status().WaitAsync(_options.RequestTimeout / 4, _time);
            }
            catch (Exception)
            {
                // Whatever the reason, the status then says that the leader cannot be reached.
            }
        }

        return new NamespaceStatus(_replica.Namespace, local, leading);
    }

    /// <summary>
    /// Who goes on from a revision has seen the one before it. When all that was chosen is applied here and that one is not among
    /// it, it was of the namespace as it was before a restore: what comes next would be passed over until revisions reach it.
    /// </summary>
    private async ValueTask RequireReached(long from)
    {
        if (from - 1 <= _replica.Tree.Revision)
            return;
        await _barrier.Pass();
        if (from - 1 > _replica.Tree.Revision)
            throw new FutureRevisionException(from, _replica.Tree.Revision);
    }

    /// <summary>The tree to answer from. A revision that is applied here cannot change, so it needs no confirmation.</summary>
    private async ValueTask<TreeVersion> VersionAt(long revision, ReadMode mode)
    {
        if (revision < Revisions.Latest)
            throw new InvalidRevisionException(revision);
        _meter.CountRead();
        if (mode == ReadMode.Linearizable && (revision == Revisions.Latest || revision > _replica.Tree.Revision))
            await _barrier.Pass();
        TreeVersion latest = _replica.Tree.Latest;
        if (revision == Revisions.Latest || revision == latest.Revision)
            return latest;

        // To make an old tree again may take all events between two that are kept, and after a start many times that.
        VersionedTree history = _replica.Tree;
        if (await _longReads.Read(() => history.TryGet(revision, out TreeVersion? found) ? found : null) is { } old)
            return old;
        if (revision > _replica.Tree.Revision)
            throw new FutureRevisionException(revision, _replica.Tree.Revision);
        throw new TooLateException(revision, _replica.Tree.OldestRevision);
    }

    private static EntryKind KindOf(TreeEntryKind kind) => kind switch
    {
        TreeEntryKind.File => EntryKind.File,
        TreeEntryKind.Directory => EntryKind.Directory,
        _ => EntryKind.Missing,
    };
}
