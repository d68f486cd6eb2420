using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>What a seed decides before anything happens: the group, its options, its clients.</summary>
internal sealed class RunShape
{
    public RunShape(int seed)
    {
        var random = new Random(seed);
        Quorums = DrawQuorums(random);
        var options = new ReplicaOptions
        {
            HeartbeatTicks = 1 + random.Next(2),
            ElectionTicks = 4 + random.Next(9),
            Alpha = 1 + random.Next(8),
            LearnChunkBytes = random.Next(4) == 0 ? 200 : 4096,
            MaxBatchBytes = random.Next(3) == 0 ? 150 : 4000,
            FullBatchBytes = 60 + random.Next(90),
            MaxWaitingBytes = 8000,
            MaxUndurableBytes = random.Next(3) == 0 ? 1 + random.Next(400) : 16 << 20,
        };
        Options = options with { OpenSlots = 1 + random.Next(Math.Min(3, options.Alpha)) };
        TreeOptions = new TreeOptions { HistoryLimit = random.Next(3) == 0 ? 20 + random.Next(200) : 360_000, RootInterval = 1 + random.Next(64) };
        PumpDelay = random.Next(3) * 150;
        Clients = 2 + random.Next(12);
        ThinkMicroseconds = random.Next(3) switch
        {
            0 => 200,
            1 => 4000,
            _ => 20_000,
        };
        SnapshotSlots = random.Next(4) == 0 ? 0 : 3 + random.Next(random.Next(2) == 0 ? 20 : 200);
        SnapshotChunkBytes = 100 + random.Next(4000);
    }

    public QuorumSystem Quorums { get; }

    public ReplicaOptions Options { get; }

    public TreeOptions TreeOptions { get; }

    public int PumpDelay { get; }

    public int Clients { get; }

    public int ThinkMicroseconds { get; }

    public int SnapshotSlots { get; }

    public int SnapshotChunkBytes { get; }

    private static QuorumSystem DrawQuorums(Random random)
    {
        int count = random.Next(12) switch
        {
            0 => 1 + random.Next(2),
            1 => 4,
            < 6 => 5,
            _ => 3,
        };
        IEnumerable<string> names = Enumerable.Range(1, count).Select(i => $"n{i}");
        return random.Next(3) switch
        {
            0 when count == 5 => new QuorumSystem(names, phase1: 4, phase2: 2),
            1 when random.Next(2) == 0 => new QuorumSystem(names, phase2: 1 + random.Next(count)),
            _ => new QuorumSystem(names),
        };
    }
}
