using System.Diagnostics.Metrics;
using Doozer.Namespaces;
using Doozer.Node;
using Doozer.Replicas;

namespace Doozer.Grains;

/// <summary>What the node and its replicas are like, for whoever asks: nothing of it is worked out before.</summary>
internal sealed class NodeMeter(
    ReplicaDrivers replicas, NodeStorage storage, EventReaders events, DoozerOptions options, IMeterFactory meters)
    : ILifecycleParticipant<ISiloLifecycle>
{
    private Meter? _meter;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(NodeMeter), ServiceLifecycleStage.Active, _ =>
        {
            Create(_meter = meters.Create(DoozerTelemetry.Name));
            return Task.CompletedTask;
        });

    private void Create(Meter meter)
    {
        CreateProtocol(meter);
        CreateTree();
        CreateSnapshots();
        meter.CreateObservableGauge(
            "doozer.waiters",
            () => events.All.Select(reader => Of(reader.Key.Namespace, (long)reader.Value.Waiters)),
            "{waiter}",
            "Waits and watches that sleep until a file changes.");
        meter.CreateObservableGauge(
            "doozer.log.segments", () => storage.LogSegments, "{segment}", "Segments of the log on the disk.");
        meter.CreateObservableGauge(
            "doozer.disk.free", () => OfDisk(disk => disk.Free), "By", "What is left on the disk of the data folder.");
        meter.CreateObservableGauge(
            "doozer.disk.reserve",
            () => OfDisk(disk => disk.Reserve),
            "By",
            "With less left the node takes no writes but deletes.");
    }

    private void CreateProtocol(Meter meter)
    {
        Gauge("doozer.leader.known", "{leader}", "1 while this node knows who leads, else 0.",
            replica => replica.Leadership.Value.Leader is null ? 0 : 1);
        Gauge("doozer.leader.self", "{leader}", "1 while this node leads, else 0.",
            replica => replica.Leadership.Value.Leader == options.Node ? 1 : 0);
        Counter("doozer.leader.changes", "{change}", "How often this node has heard of another leader.",
            replica => replica.Meter.LeaderChanges);
        Counter("doozer.elections", "{election}", "Elections in which this node stood.", replica => replica.Meter.Elections);
        Gauge("doozer.slots.in_flight", "{slot}", "Slots that this leader has opened and that are not chosen yet.",
            replica => replica.Reading?.InFlight);
        Gauge("doozer.slots.chosen", "{slot}", "Every slot up to this one is known to be chosen.",
            replica => Status(replica)?.ChosenSlot);
        Gauge("doozer.slots.size", "By", "Chosen slots in memory, kept for peers.", replica => Status(replica)?.Memory?.Log);
        Gauge("doozer.sessions", "{session}", "Sessions that are open.", replica => replica.Reading?.Sessions);
        meter.CreateObservableGauge(
            "doozer.replica.lag",
            () => OfPeers(peer => peer.Lag < 0 ? null : peer.Lag),
            "{slot}",
            "How many slots a replica is behind this leader.");
        meter.CreateObservableGauge(
            "doozer.replica.reachable",
            () => OfPeers(peer => peer.Reachable ? 1 : 0),
            "{replica}",
            "1 while a replica answers this leader, else 0.");
    }

    private void CreateTree()
    {
        Gauge("doozer.tree.revision", "{revision}", "The newest revision.", replica => replica.Tree.Revision);
        Gauge("doozer.tree.files", "{file}", "Files.", replica => replica.Tree.FileCount);
        Gauge("doozer.tree.size", "By", "What the files take in memory.", replica => replica.Tree.Bytes);
        Gauge("doozer.tree.limit", "By", "What they may take.", replica => Status(replica)?.Memory?.TreeLimit);
        Gauge("doozer.history.revisions", "{revision}", "Revisions that can be read and watched from.",
            replica => replica.Tree.Revision - replica.Tree.OldestRevision + 1);
        Gauge("doozer.history.size", "By", "What these take in memory.", replica => replica.Tree.HistoryBytes);
    }

    private void CreateSnapshots()
    {
        Counter("doozer.snapshots.written", "{snapshot}", "Snapshots that were written.",
            replica => replica.Meter.SnapshotsWritten);
        Counter("doozer.snapshots.failed", "{snapshot}", "Snapshots that could not be written.",
            replica => replica.Meter.SnapshotsFailed);
        Counter("doozer.snapshots.installed", "{snapshot}", "Snapshots of other nodes that this one has gone on from.",
            replica => replica.Meter.SnapshotsInstalled);
    }

    private void Gauge(string name, string unit, string description, Func<ReplicaDriver, long?> value) =>
        _meter!.CreateObservableGauge(name, () => OfReplicas(value), unit, description);

    private void Counter(string name, string unit, string description, Func<ReplicaDriver, long?> value) =>
        _meter!.CreateObservableCounter(name, () => OfReplicas(value), unit, description);

    private IEnumerable<Measurement<long>> OfReplicas(Func<ReplicaDriver, long?> value)
    {
        foreach (ReplicaDriver replica in replicas.All)
        {
            if (value(replica) is { } found)
                yield return Of(replica.Namespace, found);
        }
    }

    // Followers hear little of each other.
    private IEnumerable<Measurement<long>> OfPeers(Func<PeerStatus, long?> value)
    {
        foreach (ReplicaDriver replica in replicas.All)
        {
            if (Status(replica) is not { Role: ReplicaRole.Leader } leader)
                continue;
            foreach (PeerStatus peer in leader.Peers)
            {
                if (peer.Node != leader.Node && value(peer) is { } found)
                    yield return new Measurement<long>(found, Tag(replica.Namespace), new("doozer.replica", peer.Node));
            }
        }
    }

    private IEnumerable<Measurement<long>> OfDisk(Func<DiskStatus, long> value)
    {
        if (storage.Disk is { } disk)
            yield return new Measurement<long>(value(disk));
    }

    private static ReplicaStatus? Status(ReplicaDriver replica) => replica.Reading?.Status;

    private static Measurement<long> Of(string @namespace, long value) => new(value, Tag(@namespace));

    private static KeyValuePair<string, object?> Tag(string @namespace) => new(Tracing.Namespace, @namespace);
}
