using System.Globalization;
using System.Text.Json;

namespace Doozer.Benchmarks.Reports;

/// <summary>Results and numbers as a person reads them.</summary>
internal static class Words
{
    /// <summary>One line of progress.</summary>
    public static string Of(Measurement result)
    {
        string scale = result.Clients is { } clients
            ? $", {clients:#,0} {(result.Operation == Operation.Watch ? "watcher" : "client")}{(clients == 1 ? "" : "s")}"
            : "";
        string variant = result.Variant is { } name ? $", {name}" : "";
        string figures = result switch
        {
            { Failed: { } why } => $"FAILED: {why}",
            { GapMs: { } gap } => $"no write for {gap:#,0} ms",
            { OperationsPerSecond: { } rate } => $"{rate:#,0}/s, p50 {Ms(result.P50Ms)}, p99 {Ms(result.P99Ms)} ms",
            { Operation: Operation.Idle } =>
                $"{result.ServerCpuSeconds / result.Seconds:P1} of a core, {result.ResidentMiB:#,0} MiB",
            { ResidentMiB: { } memory } => $"{result.Seconds} s, {memory:#,0} MiB",
            _ => $"{result.Seconds} s",
        };
        string disturbed = result.OtherCpuShare > Measurement.DisturbedShare
            ? $" (others used {result.OtherCpuShare:P0} of the machine)"
            : "";
        string errors = result.IsGood || result.Errors is null ? "" : $" ERRORS: {Of(result.Errors)}";
        return $"round {result.Round}  {result.System} {Of(result.Operation)}{variant}{scale}: {figures}{errors}{disturbed}";
    }

    public static string Of(MachineState state) =>
        $"{state.When} measuring others used {state.BusyShare:P0} of the machine; " +
        $"appending 4 KiB durably took {state.FlushP50Ms} ms (p50), {state.FlushP99Ms} ms (p99)" +
        (state.IsQuiet ? "." : ". **The machine was not idle: these figures show that it works, and no more.**");

    public static string Of(Operation operation) => JsonNamingPolicy.KebabCaseLower.ConvertName(operation.ToString());

    public static string Of(IReadOnlyDictionary<string, long> errors) =>
        string.Join(", ", errors.OrderBy(error => error.Key).Select(error => $"{error.Key} {error.Value:#,0}"));

    /// <summary>Milliseconds, or any other small figure, with about three digits; - for none.</summary>
    public static string Ms(double? value) => value switch
    {
        null => "-",
        < 10 => value.Value.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => value.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => Whole(value),
    };

    public static string Whole(double? value) => value?.ToString("#,0", CultureInfo.InvariantCulture) ?? "-";
}
