using Doozer.Grains;
using Doozer.Node;
using Doozer.Placement;
using Doozer.Replicas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>
/// Serves one namespace on this silo, by its <see cref="NamespaceServer"/>. The node gets a replica of it with the first write,
/// or when another node has one; until then reads are answered without.
/// </summary>
[Reentrant]
[StatelessWorker(1)]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NamespaceGrain(
    ReplicaDrivers replicas,
    NamespaceSearch search,
    EventReaders events,
    LongReads longReads,
    DiskRoom room,
    DoozerOptions options,
    TimeProvider time,
    ILoggerFactory loggers,
    IHostApplicationLifetime lifetime)
    : Grain, ILocalNamespaceGrain
{
    private readonly Dictionary<string, IReplicaGrain> _replicas = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _stopping = new();
    private CancellationTokenRegistration _whenStopping;
    private NamespaceServer? _server;
    private int _unserved;

    private string Name => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _whenStopping = lifetime.ApplicationStopping.Register(_stopping.SetResult);
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        await _whenStopping.DisposeAsync();

    public Task<FileContent> Get(string path, long revision, ReadMode mode) => Read(
        "get", mode, server => server.Get(path, revision, mode), () => UnwrittenNamespace.Get(path, revision));

    public Task<EntryStat> Stat(string path, long revision, ReadMode mode) => Read(
        "stat", mode, server => server.Stat(path, revision, mode), () => UnwrittenNamespace.Stat(path, revision));

    public Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode) => Read(
        "list",
        mode,
        server => server.GetDir(path, after, limit, revision, mode),
        () => UnwrittenNamespace.GetDir(path, after, limit, revision));

    public Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode) => Read(
        "walk",
        mode,
        server => server.Walk(glob, after, limit, revision, mode),
        () => UnwrittenNamespace.Walk(glob, after, limit, revision));

    public Task<long> Set(string path, byte[] body, long revision, Guid requestId, long? floor, long session) => Write(
        "set",
        () => Arguments.RequireSet(path, body, revision, session, options.MaxBodyBytes),
        server => server.Set(path, body, revision, requestId, floor, session));

    public Task<long> Del(string path, long revision, Guid requestId, long? floor) => Write(
        "del", () => Arguments.RequireWritable(path, revision), server => server.Del(path, revision, requestId, floor));

    public Task<long> Nop(Guid requestId, long? floor) => Write(
        "nop", static () => { }, server => server.Nop(requestId, floor));

    public Task<long> Transact(Change[] changes, Guid requestId, long? floor) => Write(
        "transact",
        () => Arguments.RequireChanges(changes, options.MaxBodyBytes),
        server => server.Transact(changes, requestId, floor));

    public Task<long> OpenSession(TimeSpan ttl, string owner, Guid requestId, long? floor) => Write(
        "open-session",
        () => Arguments.RequireSession(ttl, owner),
        server => server.OpenSession(ttl, owner, requestId, floor));

    public Task<long[]> KeepAlive(long[] sessions)
    {
        Arguments.RequireKeepAlive(sessions);
        return Read("keep-alive", ReadMode.Linearizable, server => server.KeepAlive(sessions), () => sessions);
    }

    public Task<long> CloseSession(long session, Guid requestId, long? floor)
    {
        Arguments.RequireSessionId(session);
        return Read(
            "close-session",
            ReadMode.Linearizable,
            server => server.CloseSession(session, requestId, floor),
            () => throw new SessionExpiredException(session));
    }

    public Task<long> Rev(ReadMode mode) => Read("rev", mode, server => server.Rev(mode), static () => 0L);

    public Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout, ReadMode mode) => Observed(
        "wait",
        () => _server?.Wait(glob, revision, max, timeout, mode)
            ?? Unserved(() => WaitForFirst(glob, revision, max, timeout, mode)));

    public async Task<Immutable<FileContent>> GetShared(string path, long revision, ReadMode mode) =>
        new(await Get(path, revision, mode));

    public async Task<Immutable<WalkPage>> WalkShared(string glob, string after, int limit, long revision, ReadMode mode) =>
        new(await Walk(glob, after, limit, revision, mode));

    public async Task<Immutable<WaitResult>> WaitShared(
        string glob, long revision, int max, TimeSpan timeout, ReadMode mode) =>
        new(await Wait(glob, revision, max, timeout, mode));

    public Task<TreeDigest> Digest(long revision) => Read(
        "digest", ReadMode.Local, server => server.Digest(revision), () => UnwrittenNamespace.Digest(revision));

    public Task TransferLeadership(string node) => Read<bool>(
        "transfer-leadership",
        ReadMode.Linearizable,
        async server =>
        {
            await server.TransferLeadership(node);
            return true;
        },
        () => throw new InvalidNamespaceException(Name, "nothing was ever written to it, so nobody leads it"));

    public Task<NamespaceStatus> Status() =>
        Find(ReadMode.Local, static server => server.Status(), () => UnwrittenNamespace.Status(Name, options));

    private Task<T> Read<T>(string operation, ReadMode mode, Func<NamespaceServer, Task<T>> read, Func<T> readUnwritten) =>
        Observed(operation, () => Find(mode, read, readUnwritten));

    private Task<T> Find<T>(ReadMode mode, Func<NamespaceServer, Task<T>> read, Func<T> readUnwritten) =>
        _server is { } server
            ? read(server)
            : Unserved(async () => await search.Exists(Name, mode) ? await read(await Serve()) : readUnwritten());

    // What is refused begins no namespace.
    private Task<long> Write(string operation, Action check, Func<NamespaceServer, Task<long>> write) => Observed(
        operation,
        () => _server is { } server
            ? write(server)
            : Unserved(async () =>
            {
                check();
                return await write(await Serve());
            }));

    private Task<T> Observed<T>(string operation, Func<Task<T>> request) =>
        RequestMeter.IsOn ? RequestMeter.Run(Name, operation, request, time) : request();

    private async Task<WaitResult> WaitForFirst(string glob, long revision, int max, TimeSpan timeout, ReadMode mode)
    {
        Arguments.RequireWait(glob, revision, max, timeout);
        long start = time.GetTimestamp();
        while (true)
        {
            // A node that is cut off cannot tell that nothing is there, so the others are asked again and again.
            bool exists = await search.Exists(Name, mode);
            TimeSpan left = timeout - time.GetElapsedTime(start);
            left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            if (exists)
                return await (await Serve()).Wait(glob, revision, max, left, mode);
            revision = Math.Max(revision, 1);
            if (revision > 1 && mode == ReadMode.Linearizable)
                throw new FutureRevisionException(revision, 0);
            if (left == TimeSpan.Zero || _stopping.Task.IsCompleted)
                return new WaitResult([], revision);
            await search.WaitFor(Name, left < options.RequestTimeout ? left : options.RequestTimeout, _stopping.Task);
        }
    }

    /// <summary>Answers before there is a server. So that names cost nothing, the grain goes when all are answered.</summary>
    private async Task<T> Unserved<T>(Func<Task<T>> answer)
    {
        _unserved++;
        try
        {
            Names.RequireNamespace(Name);
            return await answer();
        }
        finally
        {
            if (--_unserved == 0 && _server is null)
                DeactivateOnIdle();
        }
    }

    /// <summary>Makes the server, and the replica if the node has none.</summary>
    private async Task<NamespaceServer> Serve()
    {
        ReplicaDriver replica = replicas.GetOrCreate(Name);

        // Wakes the replica's grain, which then keeps itself awake.
        await ReplicaOn(options.Node).Status();
        return _server ??= new NamespaceServer(
            replica,
            ReplicaOn,
            events.GetOrAdd(replica),
            longReads,
            options,
            time,
            loggers.CreateLogger($"Doozer.{Name}"),
            room);
    }

    private IReplicaGrain ReplicaOn(string node)
    {
        // Looked up for every call to the leader, and not cheap to make.
        if (!_replicas.TryGetValue(node, out IReplicaGrain? replica))
            _replicas[node] = replica = GrainFactory.GetGrain<IReplicaGrain>(Names.ReplicaKey(Name, node));
        return replica;
    }
}
