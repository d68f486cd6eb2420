using System.Text;
using System.Text.Json;

namespace Doozer.Silo.Bench;

/// <summary>What a bench measured.</summary>
/// <param name="Settings">What was run.</param>
/// <param name="Elapsed">From the first measured operation's start to the last one's end.</param>
/// <param name="Latencies">Of the operations that succeeded.</param>
/// <param name="Errors">How many failed, by the error's code.</param>
internal sealed record BenchReport(
    BenchSettings Settings,
    TimeSpan Elapsed,
    BenchLatencyHistogram Latencies,
    IReadOnlyDictionary<string, long> Errors)
{
    public double OperationsPerSecond => Elapsed > TimeSpan.Zero ? Latencies.Count / Elapsed.TotalSeconds : 0;

    /// <summary>For people: one aligned line a figure.</summary>
    public string ToTable()
    {
        var text = new StringBuilder();
        Row(text, "operation", $"{Settings.OperationName}, {Settings.Clients} clients, {Settings.Size} B, {Settings.Keys} keys");
        Row(text, "duration", $"{Elapsed.TotalSeconds:0.00} s");
        Row(text, "operations", $"{Latencies.Count:#,0}");
        Row(text, "ops/s", $"{OperationsPerSecond:#,0}");
        Row(text, "p50", $"{Milliseconds(0.5):0.000} ms");
        Row(text, "p99", $"{Milliseconds(0.99):0.000} ms");
        Row(text, "max", $"{Latencies.Max / 1000.0:0.000} ms");
        Row(text, "errors", ErrorsInWords());
        return text.ToString();
    }

    /// <summary>For scripts: one object on one line. The names are documented and do not change.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("op", Settings.OperationName);
            json.WriteNumber("clients", Settings.Clients);
            json.WriteNumber("size", Settings.Size);
            json.WriteNumber("keys", Settings.Keys);
            json.WriteString("namespace", Settings.Namespace);
            json.WriteNumber("seconds", Math.Round(Elapsed.TotalSeconds, 3));
            json.WriteNumber("operations", Latencies.Count);
            json.WriteNumber("opsPerSecond", Math.Round(OperationsPerSecond, 1));
            json.WriteNumber("p50Ms", Milliseconds(0.5));
            json.WriteNumber("p99Ms", Milliseconds(0.99));
            json.WriteNumber("maxMs", Latencies.Max / 1000.0);
            json.WriteStartObject("errors");
            foreach ((string? code, long count) in Errors)
                json.WriteNumber(code, count);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private double Milliseconds(double share) => Latencies.Percentile(share) / 1000.0;

    private string ErrorsInWords() => Errors.Count == 0
        ? "0"
        : $"{Errors.Values.Sum():#,0} " +
            $"({string.Join(", ", Errors.OrderBy(error => error.Key).Select(error => $"{error.Key} {error.Value:#,0}"))})";

    private static void Row(StringBuilder text, string name, string value) => text.Append($"{name,-11} {value}\n");
}
