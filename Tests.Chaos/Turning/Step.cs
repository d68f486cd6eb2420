using System.Globalization;
using System.Text;
using Doozer.Simulation;

namespace Doozer.Chaos.Turning;

/// <summary>One change of a cluster's nodes, from its order to the end of all that follows from it.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Start">When it began, on the clock of the history.</param>
/// <param name="End">When it was done.</param>
internal sealed record Step(string Name, TimeSpan Start, TimeSpan End);

/// <summary>How long each step took, and for how long writes of a namespace stood still meanwhile.</summary>
internal static class StepReport
{
    public static string Of(IReadOnlyList<Operation> history, IEnumerable<Step> steps)
    {
        var gaps = history.GroupBy(operation => operation.Namespace)
            .ToDictionary(each => each.Key, each => new WriteGaps(each), StringComparer.Ordinal);
        var text = new StringBuilder("steps");
        foreach (Step step in steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n            {step.Name}: {(step.End - step.Start).TotalSeconds:F1} s");
            if (gaps.Count == 0)
                continue;
            (string name, TimeSpan length) =
                gaps.Select(each => (each.Key, each.Value.LongestWithin(step.Start, step.End))).MaxBy(each => each.Item2);
            text.Append(CultureInfo.InvariantCulture, $", no write of {name} for {length.TotalMilliseconds:F0} ms at most");
        }

        return text.ToString();
    }
}
