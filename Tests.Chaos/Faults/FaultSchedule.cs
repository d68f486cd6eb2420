namespace Doozer.Chaos.Faults;

/// <summary>
/// Draws the faults of a run: one or two at a time, with quiet times between them. The seed decides everything.
/// </summary>
internal static class FaultSchedule
{
    private static readonly TimeSpan Beginning = TimeSpan.FromSeconds(2);

    private const double SecondFault = 0.35;

    private enum Breadth
    {
        One = 0,
        Several = 1,
        All = 2,
    }

    /// <summary>Each is drawn once before any is drawn again, so that a run of two minutes has seen all of them.</summary>
    private static readonly (FaultKind Kind, Breadth Breadth)[] Deck =
    [
        (FaultKind.Kill, Breadth.One), (FaultKind.Kill, Breadth.One), (FaultKind.Kill, Breadth.Several),
        (FaultKind.Kill, Breadth.All),
        (FaultKind.Restart, Breadth.One),
        (FaultKind.Pause, Breadth.One), (FaultKind.Pause, Breadth.Several),
        (FaultKind.CutOff, Breadth.One), (FaultKind.Unplug, Breadth.One), (FaultKind.Halves, Breadth.Several),
        (FaultKind.OneWay, Breadth.One), (FaultKind.Deaf, Breadth.One), (FaultKind.Mute, Breadth.One),
        (FaultKind.Chain, Breadth.All), (FaultKind.Star, Breadth.One),
        (FaultKind.Delay, Breadth.One), (FaultKind.Delay, Breadth.All), (FaultKind.Loss, Breadth.One),
        (FaultKind.Loss, Breadth.All),
    ];

    /// <summary>What a cluster is soon well again after.</summary>
    private static readonly FaultKind[] Light =
        [FaultKind.Kill, FaultKind.Pause, FaultKind.CutOff, FaultKind.OneWay, FaultKind.Delay];

    /// <summary>Draws light faults of one node without end, one after the other, with quiet times between them.</summary>
    public static IEnumerable<Fault> DrawLight(int seed, int nodes)
    {
        var random = new Random(seed);
        TimeSpan now = Beginning;
        while (true)
        {
            FaultKind[] kinds = [.. Light];
            random.Shuffle(kinds);
            foreach (FaultKind kind in kinds)
            {
                var fault = new Fault(kind, now, LengthOf(kind, random), RanksOf(kind, Breadth.One, nodes, random));
                yield return fault;
                now = fault.End + Seconds(random, 1, 3.5);
            }
        }
    }

    /// <summary>Draws the faults that end within a time, in the order in which they begin.</summary>
    public static IReadOnlyList<Fault> Draw(int seed, int nodes, TimeSpan time)
    {
        var random = new Random(seed);
        var cards = new Queue<(FaultKind Kind, Breadth Breadth)>();
        var faults = new List<Fault>();
        TimeSpan now = Beginning;
        while (true)
        {
            Fault first = Next(now);
            TimeSpan end = first.End;
            Fault? second = null;
            if (random.NextDouble() < SecondFault)
            {
                second = Next(now + (first.Length * random.NextDouble()));
                end = end > second.End ? end : second.End;
            }

            if (end > time)
                return faults;
            faults.Add(first);
            if (second is not null)
                faults.Add(second);
            now = end + Seconds(random, 1, 3.5);
        }

        Fault Next(TimeSpan start)
        {
            if (cards.Count == 0)
            {
                (FaultKind Kind, Breadth Breadth)[] shuffled = Deck.ToArray();
                random.Shuffle(shuffled);
                cards = new(shuffled);
            }

            (FaultKind kind, Breadth breadth) = cards.Dequeue();
            return new Fault(kind, start, LengthOf(kind, random), RanksOf(kind, breadth, nodes, random));
        }
    }

    private static TimeSpan LengthOf(FaultKind kind, Random random) => kind switch
    {
        FaultKind.Kill or FaultKind.Restart => Seconds(random, 0.1, 5),
        FaultKind.Pause => Seconds(random, 0.2, 5),
        // Long enough, now and then, that the others declare a node dead that still lives.
        _ => Seconds(random, 0.5, 7),
    };

    private static int[] RanksOf(FaultKind kind, Breadth breadth, int nodes, Random random)
    {
        int[] ranks = [.. Enumerable.Range(0, nodes)];
        if (kind == FaultKind.Chain || breadth == Breadth.One)
            random.Shuffle(ranks);

        // The leader is the most interesting victim.
        if (breadth == Breadth.One && random.Next(2) == 0)
            ranks = [0, .. ranks.Where(rank => rank != 0)];
        return kind switch
        {
            FaultKind.Chain => ranks,
            FaultKind.OneWay => ranks[..2],
            FaultKind.Halves => [.. Some(ranks, (nodes / 2) + random.Next(2), random)],
            _ when breadth == Breadth.Several => [.. Some(ranks, random.Next(2, nodes), random)],
            _ when breadth == Breadth.All => ranks,
            _ => ranks[..1],
        };
    }

    private static IEnumerable<int> Some(int[] ranks, int count, Random random)
    {
        random.Shuffle(ranks);
        return ranks.Take(count).Order();
    }

    private static TimeSpan Seconds(Random random, double least, double most) =>
        TimeSpan.FromSeconds(least + ((most - least) * random.NextDouble()));
}
