using System.Collections.Immutable;

namespace Doozer.Chaos.Network;

/// <summary>
/// What the network does to packets now. Ports are the nodes' numbers; the one after the last node's is the clients'.
/// </summary>
internal sealed record LinkConditions
{
    public static readonly LinkConditions Good = new();

    /// <summary>Links on which nothing arrives, in this direction, and nobody is told.</summary>
    public ImmutableHashSet<(int From, int To)> Cuts { get; init; } = [];

    /// <summary>Nodes whose packets are late, both those they send and those they should get.</summary>
    public ImmutableHashSet<int> Slow { get; init; } = [];

    /// <summary>How late.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Nodes that lose a part of the packets they send or should get.</summary>
    public ImmutableHashSet<int> Lossy { get; init; } = [];

    /// <summary>Which part.</summary>
    public double Loss { get; init; } = 0.2;

    public bool IsCut(int from, int to) => Cuts.Contains((from, to));

    public bool IsSlow(int from, int to) => Slow.Contains(from) || Slow.Contains(to);

    public bool IsLossy(int from, int to) => Lossy.Contains(from) || Lossy.Contains(to);
}
