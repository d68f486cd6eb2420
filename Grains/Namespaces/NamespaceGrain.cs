using Doozer.Grains;
using Doozer.Placement;
using Doozer.Replicas;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>Serves one namespace on this silo, by its <see cref="NamespaceServer"/>.</summary>
[Reentrant]
[StatelessWorker(1)]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NamespaceGrain(
    ReplicaDrivers replicas,
    LongReads longReads,
    DoozerOptions options,
    TimeProvider time,
    ILoggerFactory loggers,
    IHostApplicationLifetime lifetime)
    : Grain, INamespaceGrain
{
    private readonly Dictionary<string, IReplicaGrain> _replicas = new(StringComparer.Ordinal);
    private NamespaceServer? _server;
    private DoozerException? _refusal;
    private CancellationTokenRegistration _stopping;

    private NamespaceServer Server
    {
        get
        {
            if (_server is not null)
                return _server;
            // The next activation tries again.
            DeactivateOnIdle();
            throw _refusal!;
        }
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        string name = this.GetPrimaryKeyString();
        try
        {
            Names.RequireNamespace(name);
            ReplicaDriver replica = replicas.GetOrCreate(name);
            // Wakes the replica's grain, which then keeps itself awake.
            await ReplicaOn(options.Node).Status();
            var stopping = new TaskCompletionSource();
            _stopping = lifetime.ApplicationStopping.Register(stopping.SetResult);
            _server = new NamespaceServer(
                replica, ReplicaOn, longReads, options, time, loggers.CreateLogger($"Doozer.{name}"), stopping.Task);
        }
        catch (DoozerException exception)
        {
            // Bad input is the caller's to hear of; a failed activation would be an error in the operator's log as well.
            _refusal = exception;
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) =>
        await _stopping.DisposeAsync();

    public Task<FileContent> Get(string path, long revision, ReadMode mode) => Server.Get(path, revision, mode);

    public Task<EntryStat> Stat(string path, long revision, ReadMode mode) => Server.Stat(path, revision, mode);

    public Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode) =>
        Server.GetDir(path, after, limit, revision, mode);

    public Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode) =>
        Server.Walk(glob, after, limit, revision, mode);

    public Task<long> Set(string path, byte[] body, long revision, Guid requestId, long? floor) =>
        Server.Set(path, body, revision, requestId, floor);

    public Task<long> Del(string path, long revision, Guid requestId, long? floor) =>
        Server.Del(path, revision, requestId, floor);

    public Task<long> Nop(Guid requestId, long? floor) => Server.Nop(requestId, floor);

    public Task<long> Rev(ReadMode mode) => Server.Rev(mode);

    public Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout, ReadMode mode) =>
        Server.Wait(glob, revision, max, timeout, mode);

    public Task TransferLeadership(string node) => Server.TransferLeadership(node);

    public Task<NamespaceStatus> Status() => Server.Status();

    private IReplicaGrain ReplicaOn(string node)
    {
        // Looked up for every call to the leader, and not cheap to make.
        if (!_replicas.TryGetValue(node, out IReplicaGrain? replica))
            _replicas[node] = replica = GrainFactory.GetGrain<IReplicaGrain>(Names.ReplicaKey(this.GetPrimaryKeyString(), node));
        return replica;
    }
}
