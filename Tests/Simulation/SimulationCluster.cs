using Doozer.Paxos;

namespace Doozer.Tests.Simulation;

/// <summary>Some nodes, their network and the checker that watches them, all moved by one clock and one seed.</summary>
internal sealed class SimulationCluster
{
    public const int TickMilliseconds = 10;

    private const int TraceLength = 400;

    private readonly Queue<string> _trace = new();
    private long _nextCommand;

    public SimulationCluster(int seed, QuorumSystem quorums, ReplicaOptions options, bool tracing = false)
    {
        Random = new Random(seed);
        Quorums = quorums;
        Options = options;
        IsTracing = tracing;
        Clock = new SimulationClock();
        Network = new SimulationNetwork(Clock, Random, (_, to, envelope) => this[to].Deliver(envelope));
        Checker = new SafetyChecker(
            (slot, batch) => Nodes!.Count(node => node.Disk.HoldsDurably(slot, batch)), quorums.Phase2);
        Nodes = [.. quorums.Acceptors.Select(name => new SimulationNode(name, this))];
    }

    public Random Random { get; }

    public QuorumSystem Quorums { get; }

    public ReplicaOptions Options { get; }

    public bool IsTracing { get; }

    public SimulationClock Clock { get; }

    public SimulationNetwork Network { get; }

    public SafetyChecker Checker { get; }

    public IReadOnlyList<SimulationNode> Nodes { get; }

    /// <summary>An election timeout at its longest, in milliseconds.</summary>
    public int ElectionTimeout => 2 * Options.ElectionTicks * TickMilliseconds;

    /// <summary>The node that leads with a quorum behind it; null when there is none, or two think so.</summary>
    public SimulationNode? Leader
    {
        get
        {
            var leading = Nodes.Where(node => node.Leads).ToArray();
            return leading.Length == 1 ? leading[0] : null;
        }
    }

    public SimulationNode this[string name] => Nodes.Single(node => node.Name == name);

    public void Run(long milliseconds) => Clock.RunUntil(Clock.Now + milliseconds);

    /// <summary>Runs until the condition holds, at most so long.</summary>
    public bool RunUntil(Func<bool> condition, long milliseconds)
    {
        for (var end = Clock.Now + milliseconds; Clock.Now < end && !condition();)
            Run(1);
        return condition();
    }

    /// <summary>Proposes one to three commands at the node. Their ids are never used again.</summary>
    public ProposeResult Write(SimulationNode node)
    {
        var commands = new long[1 + Random.Next(3)];
        for (var i = 0; i < commands.Length; i++)
            commands[i] = ++_nextCommand;
        var result = node.Propose(commands);
        node.Drain();
        return result;
    }

    public ProposeResult Read(SimulationNode node)
    {
        var result = node.Read();
        node.Drain();
        return result;
    }

    public void Trace(string what)
    {
        if (!IsTracing)
            return;
        _trace.Enqueue($"{Clock.Now,6} {what}");
        if (_trace.Count > TraceLength)
            _trace.Dequeue();
    }

    public string DescribeTrace() => string.Join('\n', _trace);

    public string Describe() => string.Join(
        "; ",
        Nodes.Select(node => node.Replica is { } replica
            ? $"{node.Name} {replica.Role} {replica.Promised} chosen {replica.ChosenThrough} leader {replica.Leader ?? "none"}"
            : $"{node.Name} down"));
}
