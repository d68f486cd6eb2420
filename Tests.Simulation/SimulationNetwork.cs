namespace Doozer.Simulation;

/// <summary>
/// Carries what nodes and clients send: late, out of order, twice or not at all, and not over links that are cut. Times are in
/// microseconds.
/// </summary>
internal sealed class SimulationNetwork(SimulationClock clock, Random random)
{
    /// <summary>How many envelopes of a link may come once more, long after.</summary>
    private const int Remembered = 12;

    private readonly HashSet<(string From, string To)> _cut = [];
    private readonly List<Past> _past = [];

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

    /// <summary>Whether old envelopes come once more when a node stands for election or leads.</summary>
    public bool Echoes { get; set; }

    public long Lost { get; private set; }

    public long Duplicated { get; private set; }

    /// <summary>A message of the protocol, which bears any treatment.</summary>
    public void Send(string from, string to, Action deliver)
    {
        Remember(from, to, deliver);
        Call(from, to, deliver);
        if (random.NextDouble() >= Duplication)
            return;

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

    public void Heal(string from, string to) => _cut.Remove((from, to));

    public void HealAll() => _cut.Clear();

    /// <summary>Lets a node hear again what it was sent at some time, which finds out who does not look at ballots.</summary>
    public void Echo(string to)
    {
        if (!Echoes)
            return;
        foreach ((string from, Action deliver) in SomeSentTo(to))
            Carry(from, to, random.Next(20_000), deliver);
    }

    /// <summary>Lets a node hear what it was sent at some time, by a way that was open then.</summary>
    public void Late(string to)
    {
        foreach ((_, Action deliver) in SomeSentTo(to))
            clock.Schedule(1000 + random.Next(20_000), deliver);
    }

    private IEnumerable<(string From, Action Deliver)> SomeSentTo(string to)
    {
        foreach (Past past in _past)
        {
            if (past.To != to)
                continue;
            foreach (Action deliver in past.Envelopes)
            {
                if (random.Next(2) == 0)
                    continue;
                Duplicated++;
                yield return (past.From, deliver);
            }
        }
    }

    private void Remember(string from, string to, Action deliver)
    {
        Past? past = _past.Find(link => link.From == from && link.To == to);
        if (past is null)
            _past.Add(past = new Past(from, to, new Queue<Action>()));
        past.Envelopes.Enqueue(deliver);
        if (past.Envelopes.Count > Remembered)
            past.Envelopes.Dequeue();
    }

    private void Carry(string from, string to, long delay, Action deliver) => clock.Schedule(delay, () =>
    {
        if (_cut.Contains((from, to)))
            Lost++;
        else
            deliver();
    });

    private sealed record Past(string From, string To, Queue<Action> Envelopes);
}
