using System.Globalization;
using System.Text;

namespace Doozer.Benchmarks.Reports;

/// <summary>
/// Results as tables of Markdown: medians over the rounds, and the ratios of this project's figures to each peer's.
/// </summary>
internal sealed class ResultTable
{
    private const string Ours = "doozer";

    private readonly StringBuilder _text = new();
    private readonly IReadOnlyList<Measurement> _all;
    private readonly string[] _peers;

    private ResultTable(IReadOnlyList<Measurement> all)
    {
        _all = all;
        _peers = [.. all.Select(each => each.System).Where(system => !IsOurs(system)).Distinct()];
    }

    /// <summary>The tables of what is in a results' file.</summary>
    public static string Of(IReadOnlyList<ResultLine> lines)
    {
        var table = new ResultTable([.. lines.OfType<Measurement>()]);
        table.WriteHead(lines);
        table.WriteLoops();
        table.WriteWatches();
        table.WriteFailovers();
        table.WriteIdle();
        table.WriteRestarts();
        table.WriteErrors();
        return table._text.ToString().TrimEnd() + "\n";
    }

    private static bool IsOurs(string system) => system.StartsWith(Ours, StringComparison.Ordinal);

    private static double? Median(IEnumerable<Measurement> group, Func<Measurement, double?> figure)
    {
        double[] values = [.. group.Select(figure).OfType<double>().Order()];
        return values.Length == 0 ? null : (values[values.Length / 2] + values[(values.Length - 1) / 2]) / 2;
    }

    private void WriteHead(IReadOnlyList<ResultLine> lines)
    {
        foreach (Surroundings where in lines.OfType<Surroundings>())
        {
            Line($"{where.Time:yyyy-MM-dd HH:mm} UTC: {where.Processor}, {where.Cores} cores, {where.MemoryGiB} GiB; " +
                $"{where.Platform}; {string.Join(", ", where.Versions)}. Options: `{where.Options}`.");
        }

        foreach (MachineState state in lines.OfType<MachineState>())
            Line(Words.Of(state));
        int rounds = _all.Select(each => each.Round).DefaultIfEmpty().Max();
        Line($"Medians of {rounds} {(rounds == 1 ? "round" : "rounds")}. " +
            $"In rows marked ! others used over {Measurement.DisturbedShare:P0} of the machine meanwhile.");
        Line("");
    }

    private void WriteLoops() => WriteSection(
        new Section("Operations", "ops/s", each => each.OperationsPerSecond),
        each => each.Operation is Operation.Write or Operation.Read or Operation.LocalRead or Operation.Mixed
            or Operation.Lock or Operation.OwnLock,
        ("operation", each => Words.Of(each.Operation)),
        ("clients", each => Words.Whole(each.Clients)),
        [
            ("ops/s", group => Words.Whole(Median(group, each => each.OperationsPerSecond))),
            ("p50 ms", group => Words.Ms(Median(group, each => each.P50Ms))),
            ("p99 ms", group => Words.Ms(Median(group, each => each.P99Ms))),
            ("server CPU µs/op", group => Words.Whole(Median(group, each => each.ServerCpuMicroseconds))),
            ("client CPU µs/op", group => Words.Whole(Median(group, each => each.ClientCpuMicroseconds))),
        ]);

    private void WriteWatches() => WriteSection(
        new Section("Watch fan-out: from the start of a write until a watcher has it", "p99", each => each.P99Ms),
        each => each.Operation == Operation.Watch,
        ("watchers", each => Words.Whole(each.Clients)),
        null,
        [
            ("events/s", group => Words.Whole(Median(group, each => each.OperationsPerSecond))),
            ("p50 ms", group => Words.Ms(Median(group, each => each.P50Ms))),
            ("p99 ms", group => Words.Ms(Median(group, each => each.P99Ms))),
            ("server CPU µs/event", group => Words.Ms(Median(group, each => each.ServerCpuMicroseconds))),
            ("events skipped", group => Words.Whole(Median(group, each => each.Skipped))),
        ]);

    private void WriteFailovers() => WriteSection(
        new Section("Failover: longest time without a successful write", "gap", each => each.GapMs),
        each => each.Operation == Operation.Failover,
        ("the leader is", each => each.Variant == Loads.Failover.Kill ? "killed" : "stopped"),
        null,
        [
            ("gap ms", group => Words.Whole(Median(group, each => each.GapMs))),
            ("in each round", group => string.Join(", ", group.Select(each => Words.Whole(each.GapMs)))),
            ("failed attempts", group => Words.Whole(group.Sum(each => each.Errors?.Values.Sum() ?? 0))),
        ]);

    private void WriteIdle() => WriteSection(
        new Section("Idle: three nodes that nobody asks", "CPU", each => each.ServerCpuSeconds / each.Seconds),
        each => each.Operation == Operation.Idle,
        null,
        null,
        [
            ("% of a core", group => Words.Ms(100 * Median(group, each => each.ServerCpuSeconds / each.Seconds))),
            ("memory MiB", group => Words.Whole(Median(group, each => each.ResidentMiB))),
        ]);

    private void WriteRestarts() => WriteSection(
        new Section("Starts of three nodes, and many files", "seconds", each => each.Seconds),
        each => each.Operation == Operation.Restart,
        ("what", each => each.Variant!),
        ("files", each => Words.Whole(each.Files)),
        [
            ("seconds", group => Words.Ms(Median(group, each => each.Seconds))),
            ("ops/s", group => Words.Whole(Median(group, each => each.OperationsPerSecond))),
            ("CPU seconds", group => Words.Ms(Median(group, each => each.ServerCpuSeconds))),
            ("memory MiB", group => Words.Whole(Median(group, each => each.ResidentMiB))),
            ("disk MiB", group => Words.Whole(Median(group, each => each.DiskMiB))),
        ]);

    private void WriteErrors()
    {
        Measurement[] bad = [.. _all.Where(each => !each.IsGood)];
        if (bad.Length == 0)
            return;
        Line("## Errors");
        Line("");
        foreach (Measurement each in bad)
            Line($"- {Words.Of(each)}");
    }

    private void WriteSection(
        Section section,
        Func<Measurement, bool> isIn,
        (string Name, Func<Measurement, string> Of)? first,
        (string Name, Func<Measurement, string> Of)? second,
        (string Name, Func<IReadOnlyList<Measurement>, string> Of)[] columns)
    {
        Measurement[] rows = [.. _all.Where(isIn)];
        if (rows.Length == 0)
            return;
        Line($"## {section.Title}");
        Line("");
        (string Name, Func<Measurement, string> Of)?[] both = [first, second];
        (string Name, Func<Measurement, string> Of)[] keys = [.. both.OfType<(string, Func<Measurement, string>)>()];
        string[] ratios = [.. _peers.Select(peer => $"{section.Compared} / {peer}")];
        Row([.. keys.Select(key => key.Name), "system", .. columns.Select(column => column.Name), .. ratios]);
        Line(string.Concat(Enumerable.Repeat("|---", keys.Length + 1 + columns.Length + ratios.Length)) + "|");
        foreach (IGrouping<string, Measurement> alike in rows.GroupBy(row => string.Join('|', keys.Select(key => key.Of(row)))))
        {
            foreach (IGrouping<string, Measurement> group in alike.GroupBy(row => row.System))
            {
                Measurement[] rounds = [.. group];
                string mark = rounds.Any(each => each.OtherCpuShare > Measurement.DisturbedShare) ? " !" : "";
                Row([
                    .. keys.Select(key => key.Of(rounds[0])),
                    group.Key + mark,
                    .. columns.Select(column => column.Of(rounds)),
                    .. _peers.Select(peer => Ratio(section.Figure, group.Key, rounds, alike.Where(row => row.System == peer))),
                ]);
            }
        }

        Line("");
    }

    private static string Ratio(
        Func<Measurement, double?> figure, string system, IEnumerable<Measurement> ours, IEnumerable<Measurement> theirs) =>
        IsOurs(system) && Median(theirs, figure) is > 0 and { } other && Median(ours, figure) is { } own
            ? (own / other).ToString("0.00×", CultureInfo.InvariantCulture)
            : "";

    private void Row(IEnumerable<string> cells) => Line($"| {string.Join(" | ", cells)} |");

    private void Line(string text) => _text.Append(text).Append('\n');

    /// <summary>A table.</summary>
    /// <param name="Title">What it is about.</param>
    /// <param name="Compared">What the ratios are of.</param>
    /// <param name="Figure">The figure they are made of.</param>
    private sealed record Section(string Title, string Compared, Func<Measurement, double?> Figure);
}
