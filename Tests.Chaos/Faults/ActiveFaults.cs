using System.Collections.Immutable;
using Doozer.Chaos.Network;

namespace Doozer.Chaos.Faults;

/// <summary>A fault that is under way, and the numbers of the nodes it struck.</summary>
internal sealed record ActiveFault(FaultKind Kind, IReadOnlyList<int> Nodes)
{
    public override string ToString() =>
        $"{NameOf(Kind)} {string.Join(Kind == FaultKind.OneWay ? ">" : ",", Nodes.Select(node => $"n{node + 1}"))}";

    /// <summary>What operators call it.</summary>
    public static string NameOf(FaultKind kind) => kind switch
    {
        FaultKind.CutOff => "cut off",
        FaultKind.OneWay => "one way",
        FaultKind.Delay => "200 ms delay",
        FaultKind.Loss => "20% loss",
        _ => kind.ToString().ToLowerInvariant(),
    };
}

/// <summary>What several faults together make of the network.</summary>
internal static class ActiveFaults
{
    public static LinkConditions ConditionsOf(IEnumerable<ActiveFault> faults, int nodes)
    {
        LinkConditions conditions = LinkConditions.Good;
        foreach (ActiveFault fault in faults)
        {
            conditions = fault.Kind switch
            {
                FaultKind.Delay => conditions with { Slow = conditions.Slow.Union(fault.Nodes) },
                FaultKind.Loss => conditions with { Lossy = conditions.Lossy.Union(fault.Nodes) },
                _ => conditions with { Cuts = conditions.Cuts.Union(CutsOf(fault, nodes)) },
            };
        }

        return conditions;
    }

    private static ImmutableHashSet<(int From, int To)> CutsOf(ActiveFault fault, int nodes)
    {
        // The clients are the port after the last node's.
        int ports = fault.Kind == FaultKind.Unplug ? nodes + 1 : nodes;
        ImmutableHashSet<(int From, int To)>.Builder cuts = ImmutableHashSet.CreateBuilder<(int From, int To)>();
        for (int from = 0; from < ports; from++)
        {
            for (int to = 0; to < ports; to++)
            {
                if (from != to && IsCut(fault, from, to))
                    cuts.Add((from, to));
            }
        }

        return cuts.ToImmutable();
    }

    private static bool IsCut(ActiveFault fault, int from, int to)
    {
        bool Has(int node) => fault.Nodes.Contains(node);
        int Place(int node) => fault.Nodes.TakeWhile(other => other != node).Count();
        return fault.Kind switch
        {
            FaultKind.CutOff or FaultKind.Unplug => Has(from) || Has(to),
            FaultKind.Halves => Has(from) != Has(to),
            FaultKind.OneWay => from == fault.Nodes[0] && to == fault.Nodes[1],
            FaultKind.Deaf => Has(to),
            FaultKind.Mute => Has(from),
            FaultKind.Chain => Math.Abs(Place(from) - Place(to)) > 1,
            FaultKind.Star => !Has(from) && !Has(to),
            _ => false,
        };
    }
}
