using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Doozer.Tests.Samples;

namespace Doozer.Tests.Telemetry;

/// <summary>An instrument: one row of the table in docs/metrics.md, or one that there is.</summary>
internal sealed record DocumentedMetric(string Name, string Kind, string Unit, string Tags)
{
    /// <summary>The names of its series in Prometheus.</summary>
    public IEnumerable<string> PrometheusNames
    {
        get
        {
            string unit = Unit switch
            {
                "s" => "_seconds",
                "By" when !Name.EndsWith("_bytes", StringComparison.Ordinal) => "_bytes",
                _ => "",
            };
            string name = Name.Replace('.', '_') + unit;
            return Kind switch
            {
                "histogram" => [name + "_bucket", name + "_sum", name + "_count"],
                "counter" => [name + "_total"],
                _ => [name],
            };
        }
    }

    public static DocumentedMetric Of(Instrument instrument) =>
        new(instrument.Name, KindOf(instrument.GetType().Name), instrument.Unit ?? "", "");

    public static DocumentedMetric[] All() =>
    [
        .. Matches(
                SampleTests.Text("docs/metrics.md"),
                "^\\| `(?<name>doozer[a-z_.]+)` \\| (?<kind>\\w+) \\| `(?<unit>[^`]+)` \\| (?<tags>[^|]*) ?\\|")
            .Select(row => new DocumentedMetric(
                row.Groups["name"].Value,
                row.Groups["kind"].Value,
                row.Groups["unit"].Value,
                row.Groups["tags"].Value.Replace("`", "").Trim())),
    ];

    /// <summary>What matches a pattern in a text; <c>^</c> and <c>$</c> are ends of a line.</summary>
    public static IEnumerable<Match> Matches(string text, string pattern) => Regex.Matches(
        text, pattern, RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);

    private static string KindOf(string type) => type switch
    {
        "Histogram`1" => "histogram",
        "Counter`1" or "ObservableCounter`1" => "counter",
        "ObservableGauge`1" => "gauge",
        _ => type,
    };
}
