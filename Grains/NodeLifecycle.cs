using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Doozer.Grains;

/// <summary>
/// Opens the node's storage before the silo does anything, wakes the replicas when it is active, and hands leadership over
/// before it stops.
/// </summary>
internal sealed class NodeLifecycle(
    DoozerOptions options,
    IOptions<SiloOptions> silo,
    NodeStorage storage,
    LocalReplicas replicas,
    IGrainFactory grains,
    TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan HandOverTime = TimeSpan.FromSeconds(2);

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.First, OpenStorage, CloseStorage);
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.Active, WakeReplicas, HandOver);
    }

    private Task OpenStorage(CancellationToken cancellation)
    {
        if (silo.Value.SiloName != options.Node)
            throw new ArgumentException($"Doozer cannot start: the silo is named '{silo.Value.SiloName}', but the node's id is '{options.Node}'.");
        storage.Open();
        return Task.CompletedTask;
    }

    private Task CloseStorage(CancellationToken cancellation) => storage.DisposeAsync().AsTask();

    // An acceptor has to answer its peers whether or not a client asks for its namespace.
    private Task WakeReplicas(CancellationToken cancellation) =>
        Task.WhenAll(storage.RecoveredNamespaces.ToList().Select(name =>
            grains.GetGrain<IReplicaGrain>(Names.ReplicaKey(name, options.Node)).Status()));

    private Task HandOver(CancellationToken cancellation) =>
        Task.WhenAll(replicas.All.Select(replica => replica.HandOverLeadership(HandOverTime, time, cancellation)));
}
