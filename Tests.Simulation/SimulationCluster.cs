using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>Some nodes, their network and the checkers that watch them, all moved by one clock and one seed.</summary>
internal sealed class SimulationCluster
{
    public const int TickMilliseconds = 10;
    public const int TickMicroseconds = TickMilliseconds * 1000;

    private readonly Dictionary<string, SimulationNode> _byName = new(StringComparer.Ordinal);
    private long _nextValue;

    public SimulationCluster(int seed, QuorumSystem quorums, ReplicaOptions options, Action<string>? teller = null)
        : this(seed, quorums, options, new TreeOptions(), Mutation.None, teller)
    {
    }

    public SimulationCluster(
        int seed, QuorumSystem quorums, ReplicaOptions options, TreeOptions treeOptions, Mutation mutation, Action<string>? teller)
    {
        Random = new Random(seed);
        Quorums = quorums;
        Options = options;
        TreeOptions = treeOptions;
        Mutation = mutation;
        Clock = new SimulationClock();
        Story = new Story(Clock, teller);
        Network = new SimulationNetwork(Clock, Random);
        Safety = new SafetyChecker(quorums);
        var nodes = new List<SimulationNode>();
        foreach (string name in quorums.Acceptors)
        {
            var node = new SimulationNode(name, this, Random.Next());
            nodes.Add(node);
            _byName.Add(name, node);
        }

        Nodes = nodes;
    }

    public Random Random { get; }

    public QuorumSystem Quorums { get; }

    public ReplicaOptions Options { get; }

    public TreeOptions TreeOptions { get; }

    public Mutation Mutation { get; }

    /// <summary>How long a node gathers what comes in before it sees to the outputs, in microseconds.</summary>
    public long PumpDelay { get; init; }

    /// <summary>A node takes a snapshot every so many slots; 0 for never.</summary>
    public int SnapshotSlots { get; init; }

    /// <summary>Bytes of a snapshot that are sent at once.</summary>
    public int SnapshotChunkBytes { get; init; } = 1000;

    public Story Story { get; }

    public SimulationClock Clock { get; }

    public SimulationNetwork Network { get; }

    public SafetyChecker Safety { get; }

    public TreeChecker Trees { get; } = new();

    public IReadOnlyList<SimulationNode> Nodes { get; }

    /// <summary>An election timeout at its longest, in milliseconds.</summary>
    public int ElectionTimeout => 2 * Options.ElectionTicks * TickMilliseconds;

    /// <summary>The node that leads; null when there is none, or two think so.</summary>
    public SimulationNode? Leader
    {
        get
        {
            SimulationNode? leader = null;
            foreach (SimulationNode node in Nodes)
            {
                if (!node.Leads)
                    continue;
                if (leader is not null)
                    return null;
                leader = node;
            }

            return leader;
        }
    }

    public SimulationNode this[string name] => _byName[name];

    public void Run(long milliseconds) => Clock.RunUntil(Clock.Now + (milliseconds * SimulationClock.Millisecond));

    /// <summary>Runs until the condition holds, at most so long.</summary>
    public bool RunUntil(Func<bool> condition, long milliseconds)
    {
        for (long end = Clock.Now + (milliseconds * SimulationClock.Millisecond); Clock.Now < end && !condition();)
            Run(1);
        return condition();
    }

    /// <summary>Proposes a write at the node, whose outcome nobody waits for.</summary>
    public ProposeResult Write(SimulationNode node)
    {
        byte[] value = System.Text.Encoding.UTF8.GetBytes($"w{++_nextValue}");
        return node.Write(Command.Set("/w", value, Command.Clobber, NewRequestId()), static (_, _) => { });
    }

    /// <summary>Asks the node for a slot to read from.</summary>
    public ProposeResult Read(SimulationNode node) => node.ReadIndex(slot =>
    {
        if (slot is { } known)
            Safety.Observe(known);
        ReadsConfirmed += slot is null ? 0 : 1;
    });

    public int ReadsConfirmed { get; private set; }

    public Guid NewRequestId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public bool Converged()
    {
        foreach (SimulationNode node in Nodes)
        {
            if (node.Replica is null || node.Applied != Safety.Chosen)
                return false;
        }

        return true;
    }

    public string Describe() => string.Join(
        "; ",
        Nodes.Select(node => node.Replica is { } replica
            ? $"{node.Name} {replica.Role} {replica.Promised} chosen {replica.ChosenThrough} leader {replica.Leader ?? "none"}"
            : $"{node.Name} down"));
}
