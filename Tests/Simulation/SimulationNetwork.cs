namespace Doozer.Tests.Simulation;

/// <summary>Carries envelopes between nodes: late, out of order, twice or not at all, and not over links that are cut.</summary>
internal sealed class SimulationNetwork(SimulationClock clock, Random random, Action<string, string, byte[]> deliver)
{
    private readonly HashSet<(string From, string To)> _cut = [];

    /// <summary>Chance that an envelope is lost.</summary>
    public double Loss { get; set; }

    /// <summary>Chance that an envelope comes twice.</summary>
    public double Duplication { get; set; }

    /// <summary>Longest ordinary delay in milliseconds; every delay up to it is equally likely, so envelopes overtake each other.</summary>
    public int MaxDelay { get; set; } = 4;

    /// <summary>Chance that an envelope takes a hundred times as long.</summary>
    public double Stragglers { get; set; }

    public void Send(string from, string to, byte[] envelope)
    {
        if (random.NextDouble() < Loss)
            return;
        Post(from, to, envelope);
        if (random.NextDouble() < Duplication)
            Post(from, to, envelope);
    }

    /// <summary>Cuts one direction of a link. What is under way on it is lost too.</summary>
    public void Cut(string from, string to) => _cut.Add((from, to));

    public void CutBothWays(string one, string other)
    {
        Cut(one, other);
        Cut(other, one);
    }

    public void HealAll() => _cut.Clear();

    private void Post(string from, string to, byte[] envelope)
    {
        var delay = random.Next(MaxDelay + 1);
        if (random.NextDouble() < Stragglers)
            delay *= 100;
        clock.Schedule(delay, () =>
        {
            if (!_cut.Contains((from, to)))
                deliver(from, to, envelope);
        });
    }
}
