using System.Text;
using Doozer.Chaos.Faults;
using Doozer.Simulation;

namespace Doozer.Chaos;

/// <summary>What happened in a run, in a few lines.</summary>
internal static class ChaosReport
{
    private static readonly (FaultKind Kind, bool Leader)[] Told =
    [
        (FaultKind.Kill, true),
        (FaultKind.Kill, false),
        (FaultKind.Restart, true),
        (FaultKind.Pause, true),
        (FaultKind.CutOff, true),
        (FaultKind.Unplug, true),
    ];

    public static string Of(
        IReadOnlyList<Operation> history,
        IReadOnlyList<PlayedFault> faults,
        IReadOnlyList<KeyValuePair<string, int>> answers,
        TimeSpan? recovered)
    {
        var text = new StringBuilder();
        IEnumerable<IGrouping<OperationKind, Operation>> kinds = history.GroupBy(operation => operation.Kind);
        foreach (IGrouping<OperationKind, Operation> kind in kinds.OrderBy(kind => kind.Key))
        {
            int Count(OperationOutcome outcome) => kind.Count(operation => operation.Outcome == outcome);
            text.Append($"{kind.Key.ToString().ToLowerInvariant(),-12}{Count(OperationOutcome.Ok),7} ok")
                .AppendLine($"{Count(OperationOutcome.Failed),7} failed{Count(OperationOutcome.Unknown),7} unknown");
        }

        text.AppendLine($"attempts    {string.Join(", ", answers.Select(answer => $"{answer.Key}: {answer.Value}"))}");
        IEnumerable<string> played = faults.CountBy(fault => fault.Fault.Kind)
            .OrderBy(kind => kind.Key)
            .Select(kind => $"{ActiveFault.NameOf(kind.Key)} {kind.Value}");
        text.AppendLine($"faults      {faults.Count}: {string.Join(", ", played)}");
        AppendGaps(text, new WriteGaps(history), faults);
        if (recovered is { } time)
            text.AppendLine($"recovered   {time.TotalSeconds:F2} s after the last fault all nodes served");
        return text.ToString().TrimEnd();
    }

    private static void AppendGaps(StringBuilder text, WriteGaps gaps, IReadOnlyList<PlayedFault> faults)
    {
        Gap longest = gaps.Longest;
        IEnumerable<ActiveFault> during = faults.Where(f => f.Start < longest.End && f.Start + f.Length > longest.Start)
            .Select(f => f.Fault);
        text.AppendLine($"no write    for {Milliseconds(longest.Length)} at most, from {longest.Start.TotalSeconds:F1} s on " +
            $"({string.Join(" and ", during)})");
        foreach ((FaultKind kind, bool leader) in Told)
        {
            IReadOnlyList<TimeSpan> lengths = gaps.Of(faults, kind, leader);
            if (lengths.Count == 0)
                continue;
            text.Append($"            when nothing else was wrong, {ActiveFault.NameOf(kind)} of ")
                .Append(leader ? "the leader: " : "another: ")
                .AppendJoin(", ", lengths.Select(Milliseconds))
                .AppendLine();
        }
    }

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:F0} ms";
}
