namespace Doozer.Simulation;

/// <summary>
/// How rough the network is and how often something breaks. It changes during a run, for what breaks is often the change.
/// </summary>
internal sealed class Weather(SimulationCluster cluster, RunTheme theme, Random random)
{
    private static readonly double[] Losses = [0, 0, 0, 0.01, 0.05, 0.2, 0.35];
    private static readonly double[] Duplications = [0, 0, 0.05, 0.2, 0.5];
    private static readonly int[] Delays = [500, 1000, 3000, 3000, 10_000, 40_000, 150_000];
    private static readonly double[] Straggles = [0, 0, 0, 0.002, 0.01, 0.05];
    private static readonly int[] Calms = [20, 100, 250, 500, 1000, 100_000];

    /// <summary>Whether this run is nothing but changes of leader, with old messages between them.</summary>
    private readonly bool _alwaysChurns = theme is RunTheme.Churn or RunTheme.LongTails;

    /// <summary>Mean time between faults in milliseconds.</summary>
    public int Calm { get; private set; } = 200;

    /// <summary>Whether leaders are cut off one after the other.</summary>
    public bool Churns { get; private set; }

    /// <summary>Changes now and then, until the end of the rough time.</summary>
    public void Change(long until)
    {
        if (cluster.Clock.Now >= until)
            return;
        SimulationNetwork network = cluster.Network;
        network.Loss = Losses[random.Next(Losses.Length)];
        network.Duplication = Duplications[random.Next(Duplications.Length)];
        network.MaxDelay = Delays[random.Next(Delays.Length)];
        network.Stragglers = Straggles[random.Next(Straggles.Length)];
        network.MaxStraggle = random.Next(2) == 0 ? 300_000 : 4_000_000;
        network.Echoes = random.Next(3) == 0;
        Calm = Calms[random.Next(Calms.Length)];
        Churns = _alwaysChurns || random.Next(4) == 0;
        if (_alwaysChurns)
        {
            network.Loss = Math.Min(network.Loss, 0.05);
            network.MaxDelay = Math.Min(network.MaxDelay, 10_000);
            network.Echoes = true;
        }

        cluster.Story.Tell(
            $"weather: {network.Loss:P0} lost, {network.Duplication:P0} twice, up to {network.MaxDelay / 1000} ms late, a " +
            $"fault every {Calm} ms");
        cluster.Clock.Schedule(random.Next(200, 2000) * SimulationClock.Millisecond, () => Change(until));
    }

    public void Clear()
    {
        Churns = false;
        cluster.Network.Echoes = false;
        cluster.Network.Loss = 0;
        cluster.Network.Duplication = 0;
        cluster.Network.Stragglers = 0;
        cluster.Network.MaxDelay = 3000;
    }
}
