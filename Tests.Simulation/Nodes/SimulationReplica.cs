using System.Buffers;
using Doozer.Namespaces;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// A namespace in one life of a node: its replica's driver and its server, as their two grains would hold them.
/// </summary>
internal sealed class SimulationReplica
{
    private readonly SimulationNode _node;
    private readonly SimulationProcess _process;
    private readonly SimulationCluster _cluster;
    private readonly NamespaceChecks _checks;
    private readonly List<Message> _messages = [];
    private Role _role;

    public SimulationReplica(SimulationNode node, SimulationProcess process, SimulationCluster cluster, string @namespace)
    {
        _node = node;
        _process = process;
        _cluster = cluster;
        _checks = cluster.Checks(@namespace);
        RecoveredReplica recovered = process.Storage.Recovered(@namespace);
        _checks.Safety.OnRecovered(node.Name, recovered.State);
        Driver = new ReplicaDriver(
            new GroupName(@namespace, 0),
            new NamespaceRecord(),
            process.Options,
            process.Storage,
            process.Failure,
            process.Time,
            process.Logger,
            tree => new CheckedStateMachine(tree, recovered.Snapshot?.Slot ?? 0, node.Name, cluster, _checks),
            process.Signals.IsAlive);
        Turns = new TurnScheduler(process.After, () => cluster.PumpDelay);
        ServerTurns = new TurnScheduler(process.After, () => cluster.PumpDelay);
        Server = new NamespaceServer(
            Driver,
            to => new SimulationReplicaGrain(cluster, node.Name, to, @namespace),
            new EventReader(
                Driver, process.Options, process.Time, new TaskCompletionSource().Task, process.Background, process.Logger),
            new LongReads(process.Options, process.Background),
            process.Options,
            process.Time,
            process.Logger);
        if (Driver.Applied.Slot > 0)
            _checks.Trees.OnPublished(node.Name, Driver.Applied.Slot, Driver.Tree);
        cluster.Story.Tell($"{node.Name} starts {@namespace}: promised {Driver.Protocol.Promised}, chosen through " +
            $"{Driver.Protocol.ChosenThrough}");
        _ = Turns.Run(async () =>
        {
            await Driver.Attach(Send, CancellationToken.None, NotePace);
            if (cluster.Changes is { } changes)
                Driver.SetMembers(changes.Members);
        });
        ScheduleTick();
    }

    public ReplicaDriver Driver { get; }

    public TurnScheduler Turns { get; }

    public NamespaceServer Server { get; }

    public TurnScheduler ServerTurns { get; }

    public bool Leads => Driver.Protocol.Role == Role.Leader;

    public void Deliver(byte[] envelope)
    {
        _cluster.Story.Mark(envelope);
        Tell(envelope);
        _ = Turns.Run(async () =>
        {
            await Driver.Deliver(envelope);
            NoteRole();
        });
    }

    /// <summary>Proposes one command here; what comes of it, nobody waits for unless they look.</summary>
    public Task<SubmitResult> Submit(in Command command)
    {
        var encoded = new ArrayBufferWriter<byte>();
        command.Encode(encoded);
        var batch = new ArrayBufferWriter<byte>();
        Batch.Append(batch, encoded.WrittenSpan);
        return Driver.Submit(batch.WrittenSpan.ToArray(), 1);
    }

    private void Send(string to, byte[] envelope)
    {
        SimulationNode receiver = _cluster[to];
        _checks.OnManifest(_node.Name, _process.Storage.Snapshots.Manifest);
        foreach (Message message in MessagesIn(envelope))
            _checks.Safety.OnSent(_node.Name, message, Driver.Protocol.ChosenThrough);
        string @namespace = Driver.Namespace;
        _cluster.Network.Send(_node.Name, to, () => receiver.Enter(@namespace, replica => replica.Deliver(envelope)));
    }

    private List<Message> MessagesIn(byte[] envelope)
    {
        _messages.Clear();
        var opened = PeerEnvelope.Decode(envelope);
        if (opened.Kind == EnvelopeKind.Messages)
            MessageCodec.Decode(opened.Body, _messages);
        return _messages;
    }

    private void Tell(byte[] envelope)
    {
        if (!_cluster.Story.IsTold)
            return;
        foreach (Message message in MessagesIn(envelope))
            _cluster.Story.Tell($"{message.From} -> {_node.Name}  {Driver.Namespace}: {Story.Describe(message)}");
    }

    private void ScheduleTick() => _process.After(_node.Tick + _cluster.Random.Next(500), () =>
    {
        _ = Turns.Run(() =>
        {
            Driver.Tick();
            NoteRole();
        });
        ScheduleTick();
    });

    private void NotePace()
    {
        if (Driver.IsQuiet)
            _node.WentQuiet++;
        if (_cluster.Story.IsTold)
            _cluster.Story.Tell($"{_node.Name} {(Driver.IsQuiet ? "goes quiet" : "wakes")} in {Driver.Namespace}");
    }

    private void NoteRole()
    {
        if (Driver.Protocol.Role == _role)
            return;
        _role = Driver.Protocol.Role;
        if (_role != Role.Follower)
            _cluster.Network.Echo(_node.Name);
        if (_role == Role.Leader)
            _node.Elections++;
        if (_cluster.Story.IsTold)
            _cluster.Story.Tell($"{_node.Name} is {_role} of {Driver.Namespace} at {Driver.Protocol.Promised}");
    }
}
