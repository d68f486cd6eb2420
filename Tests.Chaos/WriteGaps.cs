using System.Runtime.InteropServices;
using Doozer.Chaos.Faults;
using Doozer.Simulation;

namespace Doozer.Chaos;

/// <summary>A time in which no write was acknowledged.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Gap(TimeSpan Start, TimeSpan End)
{
    public TimeSpan Length => End - Start;
}

/// <summary>How long writes stood still.</summary>
internal sealed class WriteGaps
{
    /// <summary>By then a fault has shown what it does to writes.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(3);

    /// <summary>With a write in so long a time all was well before the fault.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(0.5);

    private readonly List<Gap> _gaps = [];

    public WriteGaps(IEnumerable<Operation> operations)
    {
        TimeSpan before = TimeSpan.Zero;
        foreach (TimeSpan end in operations.Where(o => o is { IsWrite: true, Outcome: OperationOutcome.Ok })
            .Select(o => TimeSpan.FromMicroseconds(o.End!.Value))
            .Order())
        {
            _gaps.Add(new Gap(before, end));
            before = end;
        }
    }

    /// <summary>The longest between two writes; of no length when there were fewer.</summary>
    public Gap Longest => _gaps.Skip(1).DefaultIfEmpty().MaxBy(gap => gap.Length);

    /// <summary>
    /// The longest that was under way at an instant, or began soon after it; null if writes stood still already.
    /// </summary>
    public TimeSpan? After(TimeSpan instant)
    {
        var after = _gaps.Where(gap => gap.End > instant && gap.Start < instant + Aftermath).ToList();
        return after.Count == 0 || after[0].Start < instant - Before
            ? null
            : after.Max(gap => gap.End - (gap.Start > instant ? gap.Start : instant));
    }

    /// <summary>The longest that reached into a span of time; of no length when there was none.</summary>
    public TimeSpan LongestWithin(TimeSpan start, TimeSpan end) =>
        _gaps.Skip(1).Where(gap => gap.End > start && gap.Start < end).Select(gap => gap.Length).DefaultIfEmpty().Max();

    /// <summary>Those that the faults of a kind made that struck one node, while nothing else was wrong; ordered.</summary>
    public IReadOnlyList<TimeSpan> Of(IReadOnlyList<PlayedFault> faults, FaultKind kind, bool leader) =>
    [
        .. faults.Where(
            f => f.Fault.Kind == kind
                && f.Fault.Nodes.Count == 1
                && f.Fault.Nodes[0] == f.Leader == leader
                && f.WasWell
                && IsAlone(f, faults))
            .Select(f => After(f.Start)).OfType<TimeSpan>().Order(),
    ];

    private static bool IsAlone(PlayedFault fault, IReadOnlyList<PlayedFault> faults) =>
        faults.All(
            other => ReferenceEquals(other, fault)
                || other.Start > fault.Start + Aftermath
                || other.Start + other.Length < fault.Start);
}
