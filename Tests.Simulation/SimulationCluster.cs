using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>Some nodes, their network and the checkers that watch them, all moved by one clock and one seed.</summary>
internal sealed class SimulationCluster
{
    public const int TickMilliseconds = 10;
    public const int TickMicroseconds = TickMilliseconds * 1000;

    private readonly Dictionary<string, SimulationNode> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NamespaceChecks> _checks = new(StringComparer.Ordinal);
    private readonly List<SimulationNode> _nodes = [];
    private readonly RunShape _shape;
    private long _nextValue;

    public SimulationCluster(int seed, QuorumSystem quorums, ReplicaOptions options, Action<string>? teller = null)
        : this(seed, RunShape.Plain(quorums, options), Mutation.None, teller)
    {
    }

    public SimulationCluster(int seed, RunShape shape, Mutation mutation, Action<string>? teller)
    {
        Random = new Random(seed);
        _shape = shape;
        Mutation = mutation;
        Clock = new SimulationClock();
        Story = new Story(Clock, teller);
        Network = new SimulationNetwork(Clock, Random);
        Namespaces = [.. Enumerable.Range(1, shape.Namespaces).Select(i => $"ns{i}")];
        foreach (string @namespace in Namespaces)
        {
            _checks.Add(@namespace, new NamespaceChecks(
                @namespace, Quorums, Options.Alpha, shape.TreeOptions.RequestLimit, Clock));
        }

        foreach (string name in Quorums.Acceptors)
            AddNode(name, Random.Next());
        foreach (SimulationNode node in Nodes)
            node.Start();
    }

    public Random Random { get; }

    public QuorumSystem Quorums => _shape.Quorums;

    public ReplicaOptions Options => _shape.Options;

    public Mutation Mutation { get; }

    /// <summary>How long a grain gathers what comes in before its next turn, in microseconds.</summary>
    public long PumpDelay => _shape.PumpDelay;

    public bool ConnectionsAreWatched => _shape.ConnectionsAreWatched;

    public Story Story { get; }

    public SimulationClock Clock { get; }

    public SimulationNetwork Network { get; }

    public IReadOnlyList<string> Namespaces { get; }

    /// <summary>The checks of the first namespace.</summary>
    public SafetyChecker Safety => _checks[Namespaces[0]].Safety;

    public IEnumerable<NamespaceChecks> AllChecks => _checks.Values;

    /// <summary>The nodes that belong to the group, or are to.</summary>
    public IReadOnlyList<SimulationNode> Nodes => _nodes;

    /// <summary>Changes of these; null when there are none.</summary>
    public MemberChanges? Changes { get; set; }

    /// <summary>An election timeout at its longest, in milliseconds.</summary>
    public int ElectionTimeout => 2 * Options.ElectionTicks * TickMilliseconds;

    /// <summary>The node that leads the first namespace; null when there is none, or two think so.</summary>
    public SimulationNode? Leader => LeaderOf(Namespaces[0]);

    public int ReadsConfirmed { get; set; }

    public SimulationNode this[string name] => _byName[name];

    public SimulationNode AddNode(string name, int seed)
    {
        var node = new SimulationNode(name, this, seed);
        _byName.Add(name, node);
        _nodes.Add(node);
        return node;
    }

    /// <summary>The node does not belong to the group any more.</summary>
    public void RemoveNode(SimulationNode node) => _nodes.Remove(node);

    public NamespaceChecks Checks(string @namespace) => _checks[@namespace];

    public SimulationNode? LeaderOf(string @namespace)
    {
        SimulationNode? leader = null;
        foreach (SimulationNode node in Nodes)
        {
            if (node.Process?.Find(@namespace) is not { Leads: true })
                continue;
            if (leader is not null)
                return null;
            leader = node;
        }

        return leader;
    }

    public void Run(long milliseconds)
    {
        // Whatever the thread is, what is awaited goes on by the simulation's own schedulers.
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Clock.RunUntil(Clock.Now + (milliseconds * SimulationClock.Millisecond));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs until the condition holds, at most so long.</summary>
    public bool RunUntil(Func<bool> condition, long milliseconds)
    {
        for (long end = Clock.Now + (milliseconds * SimulationClock.Millisecond); Clock.Now < end && !condition();)
            Run(1);
        return condition();
    }

    /// <summary>Proposes a write at the node, whose outcome nobody waits for. Says whether the node takes it.</summary>
    public bool Write(SimulationNode node, string? @namespace = null)
    {
        if (node.Process?.Find(@namespace ?? Namespaces[0]) is not { Leads: true } replica)
            return false;
        byte[] value = System.Text.Encoding.UTF8.GetBytes($"w{++_nextValue}");
        var command = Command.Set("/w", value, Command.Clobber, NewRequestId());
        _ = replica.Turns.Run(() => replica.Submit(command));
        return true;
    }

    /// <summary>Asks the node for a slot to read from. Says whether the node takes it.</summary>
    public bool Read(SimulationNode node, string? @namespace = null)
    {
        @namespace ??= Namespaces[0];
        if (node.Process?.Find(@namespace) is not { Leads: true })
            return false;
        _ = new SimulationReplicaGrain(this, node.Name, node.Name, @namespace).ReadIndex(null);
        return true;
    }

    /// <summary>Lets others notice, soon or not, that their connection to a node has ended.</summary>
    public void EndConnections(SimulationNode to)
    {
        if (!ConnectionsAreWatched)
            return;
        foreach (SimulationNode other in Nodes.Where(node => node != to && Random.Next(8) > 0))
        {
            Clock.Schedule(Random.Next(20) * SimulationClock.Millisecond, () =>
            {
                Story.Tell($"{other.Name} loses its connection to {to.Name}");
                foreach (string @namespace in Namespaces)
                    other.Enter(@namespace, replica => replica.Driver.ConnectionEnded(to.Name));
            });
        }
    }

    public Guid NewRequestId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public bool Converged() => Namespaces.All(@namespace => Nodes.All(
        node => node.Process?.Find(@namespace) is { } replica
            && replica.Driver.Applied.Slot == Checks(@namespace).Safety.Chosen));

    /// <summary>Whether every replica has seen the last session end.</summary>
    public bool AllSessionsAreOver() => Nodes.All(
        node => node.Process?.Replicas.All(replica => replica.Driver.Tree.Sessions.All.Count == 0) ?? false);

    /// <summary>Milliseconds that a node may take to pull the largest snapshot, chunk by chunk.</summary>
    public int PullMilliseconds =>
        Nodes.Max(node => node.Disk.LargestSnapshot) / _shape.SnapshotOptions.ChunkBytes * 2 * TickMilliseconds;

    public string Describe() => string.Join(
        "; ",
        Nodes.Select(node => node.Replica is { } replica
            ? $"{node.Name} {replica.Role} {replica.Promised} chosen {replica.ChosenThrough} leader {replica.Leader ?? "none"}"
            : $"{node.Name} down"));

    public DoozerOptions OptionsOf(string node)
    {
        var options = new DoozerOptions
        {
            Node = node,
            ElectionQuorum = Quorums.Phase1,
            WriteQuorum = Quorums.Phase2,
            RequestTimeout = _shape.RequestTimeout,
            HeartbeatTicks = Options.HeartbeatTicks,
            ElectionTicks = Options.ElectionTicks,
            HistoryLimit = _shape.TreeOptions.HistoryLimit,
            HistoryBytes = _shape.TreeOptions.HistoryBytes,
            MaxTreeBytes = _shape.MaxTreeBytes + (50 * Quorums.IndexOf(node)),
            MaxLogBytes = Options.MaxLogBytes,
            SnapshotSlots = _shape.SnapshotSlots,
            DigestSlots = 8,
            Protocol = Options,
            Sessions = new MutatedSessionRules(Mutation),
            Tree = _shape.TreeOptions,
            Snapshots = _shape.SnapshotOptions,
            Log = Options.MaxBatchBytes < 1000
                ? new WriteAheadLogOptions { SegmentBytes = 3 << 10, MaxRecordBytes = 2 << 10, MaxQueuedBytes = 1 << 20 }
                : new WriteAheadLogOptions { SegmentBytes = 8 << 10, MaxRecordBytes = 6 << 10, MaxQueuedBytes = 1 << 20 },
        };
        foreach (string peer in Quorums.Acceptors)
            options.Peers.Add(peer);
        if (Quorums.IndexOf(node) < 0)
            options.Learners.Add(node);
        return options;
    }
}
