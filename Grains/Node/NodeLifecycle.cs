using System.Globalization;
using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Replicas;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Node;

/// <summary>
/// Opens the node's storage before the silo does anything, binds it once the silo has found its peers, wakes the replica of
/// <c>main</c> when it is active, and hands leadership over before it stops.
/// </summary>
internal sealed class NodeLifecycle(
    DoozerOptions options,
    IOptions<SiloOptions> silo,
    NodeStorage storage,
    ReplicaDrivers replicas,
    DiskRoom room,
    MembershipReconciler reconciler,
    IGrainFactory grains,
    TimeProvider time,
    ClusteringNode? clustering = null) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan HandOverTime = TimeSpan.FromSeconds(1);

    /// <summary>How long requests may wait once the node stops: for a new leader, which takes tenths of a second.</summary>
    private static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(1);

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.First, OpenStorage, CloseStorage);
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.ApplicationServices, _ => storage.Bind());
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.Active, WatchDisk, StopWatchingDisk);
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.Active, WakeMain, HandOver);
        lifecycle.Subscribe(nameof(NodeLifecycle), ServiceLifecycleStage.Active, Reconcile, StopReconciling);
        if (clustering is not null)
        {
            clustering.Liveness.Broken += peer => TellReplicas(replica => replica.ConnectionEnded(peer));
            clustering.Liveness.Signals.Changed += peer => TellReplicas(replica => replica.LivenessChanged(peer));
        }
    }

    private Task OpenStorage(CancellationToken cancellation)
    {
        if (silo.Value.SiloName != options.Node)
        {
            throw new ArgumentException($"Doozer cannot start: the silo is named '{silo.Value.SiloName}', but the node's id is " +
                $"'{options.Node}'.");
        }

        if (clustering is not null)
            clustering.Facts = DescribeBeginning;
        return storage.Open();
    }

    /// <summary>What the nodes of a cluster have in common since it began, for one that joins.</summary>
    private Dictionary<string, string> DescribeBeginning() => new(StringComparer.Ordinal)
    {
        [BeginningFacts.ElectionQuorum] = options.ElectionQuorum.ToString(CultureInfo.InvariantCulture),
        [BeginningFacts.WriteQuorum] = options.WriteQuorum.ToString(CultureInfo.InvariantCulture),
        [BeginningFacts.Origin] = storage.Origin,
    };

    private Task CloseStorage(CancellationToken cancellation) => storage.DisposeAsync().AsTask();

    private Task WatchDisk(CancellationToken cancellation)
    {
        room.Start();
        return Task.CompletedTask;
    }

    private Task StopWatchingDisk(CancellationToken cancellation)
    {
        room.Dispose();
        return Task.CompletedTask;
    }

    private Task Reconcile(CancellationToken cancellation)
    {
        reconciler.Start();
        return Task.CompletedTask;
    }

    private Task StopReconciling(CancellationToken cancellation)
    {
        reconciler.Dispose();
        return Task.CompletedTask;
    }

    // The others are on the list in its tree, and follow.
    private async Task WakeMain(CancellationToken cancellation)
    {
        try
        {
            await grains.GetGrain<IReplicaGrain>(Names.ReplicaKey(Names.Main, options.Node)).Status();
        }
        catch (TimeoutException)
        {
            // It is awake all the same, only slow: no reason to give up the start.
        }
    }

    private void TellReplicas(Action<ReplicaDriver> tell)
    {
        foreach (ReplicaDriver replica in replicas.All)
            tell(replica);
    }

    private async Task HandOver(CancellationToken cancellation)
    {
        ReplicaDriver[] all = [.. replicas.All];
        foreach (ReplicaDriver replica in all)
            replica.BeginStop(RequestPatience);
        await Task.WhenAll(all.Select(replica => replica.HandOverLeadership(HandOverTime, time)));
    }
}

/// <summary>The names of what a node that joins must know of how its cluster began.</summary>
internal static class BeginningFacts
{
    public const string ElectionQuorum = "election-quorum";
    public const string WriteQuorum = "write-quorum";
    public const string Origin = "origin";
}
