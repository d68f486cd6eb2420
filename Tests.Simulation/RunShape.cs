using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// What a seed decides before anything happens: the group, its options, its clients, and what the run is mostly about.
/// </summary>
internal sealed record RunShape
{
    public required QuorumSystem Quorums { get; init; }

    public required ReplicaOptions Options { get; init; }

    public TreeOptions TreeOptions { get; init; } = new();

    public SnapshotOptions SnapshotOptions { get; init; } = new();

    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(1);

    public int Namespaces { get; init; } = 1;

    public int PumpDelay { get; init; }

    public int Clients { get; init; }

    public int ThinkMicroseconds { get; init; }

    public long SnapshotSlots { get; init; } = long.MaxValue;

    /// <summary>The first node's; the others have a little more each.</summary>
    public long MaxTreeBytes { get; init; } = 512 << 20;

    /// <summary>What the run has more of than others.</summary>
    public RunTheme Theme { get; init; }

    /// <summary>Whether nodes notice when connections end.</summary>
    public bool ConnectionsAreWatched { get; init; }

    /// <summary>How many clients hold sessions and take locks.</summary>
    public int Holders { get; init; }

    /// <summary>How many clients change two files at once.</summary>
    public int Pairs { get; init; }

    /// <summary>Whether nodes come and go, and the quorums change.</summary>
    public bool ChangesMembers { get; init; }

    /// <summary>A run without clients and snapshots, for a test that does everything itself.</summary>
    public static RunShape Plain(QuorumSystem quorums, ReplicaOptions options) => new() { Quorums = quorums, Options = options };

    public static RunShape Draw(int seed, Rules rules)
    {
        var random = new Random(seed);
        QuorumSystem quorums = DrawQuorums(random);
        var theme = (RunTheme)random.Next((int)RunTheme.PowerCuts + 1);
        bool tails = theme == RunTheme.LongTails;
        bool installs = theme is RunTheme.Installs or RunTheme.PowerCuts;
        var options = new ReplicaOptions
        {
            HeartbeatTicks = 1 + random.Next(2),
            ElectionTicks = 4 + random.Next(9),
            Alpha = tails ? 8 + random.Next(25) : 1 + random.Next(8),
            LearnChunkBytes = tails || random.Next(4) == 0 ? 100 + random.Next(200) : 4096,
            MaxBatchBytes = random.Next(3) == 0 ? 400 : 4000,
            FullBatchBytes = 60 + random.Next(90),
            MaxWaitingBytes = 8000,
            MaxUndurableBytes = random.Next(3) == 0 ? 1 + random.Next(400) : 16 << 20,
            Rules = rules,
        };
        var shape = new RunShape
        {
            Quorums = quorums,
            Theme = theme,
            Options = options with
            {
                OpenSlots = tails ? options.Alpha : 1 + random.Next(Math.Min(3, options.Alpha)),
                MaxBytesInFlight = options.MaxBatchBytes < 1000 ? 600 : 4 << 20,
            },
            TreeOptions = new TreeOptions
            {
                HistoryLimit = random.Next(3) == 0 ? 20 + random.Next(200) : 360_000,
                RootInterval = 1 + random.Next(64),
            },
            SnapshotOptions = new SnapshotOptions
            {
                ChunkBytes = 400 + random.Next(4000),
                PullTime = TimeSpan.FromMilliseconds(50),
                RetryTime = TimeSpan.FromMilliseconds(100),
                SmallLogBytes = random.Next(2000),
                MaxSegmentsKept = 1 + random.Next(4),
                TicksBetweenCleanings = 20,
            },
            RequestTimeout = TimeSpan.FromMilliseconds(100 + random.Next(1500)),
            Namespaces = random.Next(3) switch { 0 => 3, 1 => 2, _ => 1 },
            PumpDelay = random.Next(3) * 100,
            Clients = 2 + random.Next(12),
            ThinkMicroseconds = random.Next(3) switch { 0 => 200, 1 => 4000, _ => 20_000 },
            SnapshotSlots = installs
                ? 4 + random.Next(12)
                : random.Next(4) == 0
                ? long.MaxValue
                : 3 + random.Next(random.Next(2) == 0 ? 20 : 200),
        };
        return DrawQuiet(DrawChanges(DrawLimits(shape, random), random), random);
    }

    /// <summary>Groups go quiet where clients have pauses that are long enough.</summary>
    private static RunShape DrawQuiet(RunShape shape, Random random)
    {
        if (random.Next(3) > 0)
            return shape with { Options = shape.Options with { QuietTicks = 0 } };
        return shape with
        {
            Options = shape.Options with { QuietTicks = 1 + random.Next(8) },
            Clients = 1 + random.Next(3),
            ThinkMicroseconds = 50_000 << random.Next(4),
            Holders = random.Next(2) * shape.Holders,
            Pairs = random.Next(2) * shape.Pairs,
        };
    }

    /// <summary>The sooner new quorums are in force, the more often somebody does not know of them yet.</summary>
    private static RunShape DrawChanges(RunShape shape, Random random)
    {
        if (random.Next(2) == 0)
            return shape;
        int alpha = random.Next(2) == 0 ? Math.Min(shape.Options.Alpha, 1 + random.Next(2)) : shape.Options.Alpha;
        return shape with
        {
            ChangesMembers = true,
            Options = shape.Options with { Alpha = alpha, OpenSlots = Math.Min(shape.Options.OpenSlots, alpha) },
        };
    }

    /// <summary>Drawn last, so that all else is as it would be without.</summary>
    private static RunShape DrawLimits(RunShape shape, Random random) => shape with
    {
        MaxTreeBytes = random.Next(4) == 0 ? 400 + random.Next(1200) : shape.MaxTreeBytes,
        TreeOptions = shape.TreeOptions with
        {
            RequestLimit = random.Next(3) == 0 ? 1 + random.Next(60) : shape.TreeOptions.RequestLimit,
            HistoryBytes = random.Next(4) == 0 ? 1000 + random.Next(20_000) : shape.TreeOptions.HistoryBytes,
        },
        Options = shape.Options with
        {
            MaxLogBytes = random.Next(6) == 0 ? 3000 + random.Next(20_000) : shape.Options.MaxLogBytes,
        },
        ConnectionsAreWatched = random.Next(3) > 0,
        Holders = random.Next(3) == 0 ? 0 : 1 + random.Next(4),
        Pairs = random.Next(2) * random.Next(1, 4),
    };

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

/// <summary>What a run has more of than others, so that rare meetings of faults are not rare.</summary>
internal enum RunTheme
{
    /// <summary>A little of everything.</summary>
    Anything = 0,

    /// <summary>Nothing but changes of leader, with old messages between them.</summary>
    Churn,

    /// <summary>Many slots in flight when a leader goes, and promises that come in parts.</summary>
    LongTails,

    /// <summary>Snapshots all the time, and nodes that were away.</summary>
    Installs,

    /// <summary>Machines lose power at each kind of disk operation.</summary>
    PowerCuts,
}
