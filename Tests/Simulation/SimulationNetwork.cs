namespace Doozer.Simulation;

/// <summary>
/// Carries what nodes and clients send: late, out of order, twice or not at all, and not over links that are cut. Times are in
/// microseconds.
/// </summary>
internal sealed class SimulationNetwork(SimulationClock clock, Random random)
{
    private readonly HashSet<(string From, string To)> _cut = [];

    /// <summary>Chance that something sent is lost.</summary>
    public double Loss { get; set; }

    /// <summary>Chance that an envelope comes twice.</summary>
    public double Duplication { get; set; }

    public int MinDelay { get; set; } = 100;

    /// <summary>Longest ordinary delay; every delay up to it is equally likely, so envelopes overtake each other.</summary>
    public int MaxDelay { get; set; } = 4000;

    /// <summary>Chance that something takes as long as up to <see cref="MaxStraggle"/>.</summary>
    public double Stragglers { get; set; }

    public int MaxStraggle { get; set; } = 3_000_000;

    public long Lost { get; private set; }

    public long Duplicated { get; private set; }

    /// <summary>A message of the protocol, which bears any treatment.</summary>
    public void Send(string from, string to, Action deliver)
    {
        Call(from, to, deliver);
        if (random.NextDouble() >= Duplication)
            return;

        // The second copy is often from another age: that is what finds out who does not look at ballots.
        Duplicated++;
        if (random.Next(2) == 0)
            Call(from, to, deliver);
        else
            Carry(from, to, random.Next(MaxStraggle), deliver);
    }

    /// <summary>A call or its answer: it may be late or lost, but the transport does not repeat it.</summary>
    public void Call(string from, string to, Action deliver)
    {
        if (random.NextDouble() < Loss)
        {
            Lost++;
            return;
        }

        long delay = random.Next(MinDelay, MaxDelay + 1);
        if (random.NextDouble() < Stragglers)
            delay = random.Next(MaxStraggle);
        Carry(from, to, delay, deliver);
    }

    /// <summary>Cuts one direction of a link. What is under way on it is lost too.</summary>
    public void Cut(string from, string to)
    {
        if (from != to)
            _cut.Add((from, to));
    }

    public void CutBothWays(string one, string other)
    {
        Cut(one, other);
        Cut(other, one);
    }

    public void HealAll() => _cut.Clear();

    private void Carry(string from, string to, long delay, Action deliver) => clock.Schedule(delay, () =>
    {
        if (_cut.Contains((from, to)))
            Lost++;
        else
            deliver();
    });
}
