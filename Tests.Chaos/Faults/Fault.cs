namespace Doozer.Chaos.Faults;

/// <summary>What goes wrong.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL; the process is started again at the end.</summary>
    Kill = 0,

    /// <summary>SIGTERM, and the process is started again.</summary>
    Restart = 1,

    /// <summary>SIGSTOP, and SIGCONT at the end.</summary>
    Pause = 2,

    /// <summary>Nothing gets through between a node and its peers. Clients still reach it.</summary>
    CutOff = 3,

    /// <summary>Nothing gets to or from a node, clients included.</summary>
    Unplug = 4,

    /// <summary>The nodes in two groups.</summary>
    Halves = 5,

    /// <summary>One direction of one link is cut.</summary>
    OneWay = 6,

    /// <summary>A node hears none of its peers, and all hear it.</summary>
    Deaf = 7,

    /// <summary>A node hears all its peers, and none hears it.</summary>
    Mute = 8,

    /// <summary>The nodes in a row: each hears only its neighbours.</summary>
    Chain = 9,

    /// <summary>All links are cut but those of one node.</summary>
    Star = 10,

    /// <summary>Packets from and to a node are late by 200 ms.</summary>
    Delay = 11,

    /// <summary>A fifth of the packets from and to a node is lost.</summary>
    Loss = 12,
}

/// <summary>One fault of a schedule.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Start">When it begins, from the start of the run.</param>
/// <param name="Length">How long it lasts.</param>
/// <param name="Ranks">
/// Whom it strikes, counted from the node that leads when it begins, who has rank 0, so that a seed can aim at a leader that
/// nobody can foresee. Halves: one of the groups. OneWay: from the first to the second. Chain: in this order. Star: who is in the
/// middle.
/// </param>
internal sealed record Fault(FaultKind Kind, TimeSpan Start, TimeSpan Length, IReadOnlyList<int> Ranks)
{
    public TimeSpan End => Start + Length;

    /// <summary>The numbers of the nodes it strikes.</summary>
    /// <param name="leader">Who leads.</param>
    /// <param name="nodes">Those that there are, in their order.</param>
    public IReadOnlyList<int> Nodes(int leader, IReadOnlyList<int> nodes)
    {
        int first = nodes.TakeWhile(node => node < leader).Count();
        return [.. Ranks.Select(rank => nodes[(first + rank) % nodes.Count])];
    }
}
