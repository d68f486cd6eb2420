using System.Net;
using System.Text.Json;
using Doozer.Silo;
using Doozer.Silo.Bench;

namespace Doozer.Tests.Client;

public sealed class BenchReportTests
{
    private static BenchReport Report(params (string Code, long Count)[] errors)
    {
        var settings = new BenchSettings(
            [new IPEndPoint(IPAddress.Loopback, 30000)], BenchOperation.LocalRead, 4, 2, 128, 10, "bench", "doozer", 1);
        var latencies = new BenchLatencyHistogram();
        for (int i = 0; i < 99; i++)
            latencies.Record(50);
        latencies.Record(12_345);
        return new BenchReport(
            settings, TimeSpan.FromSeconds(2), latencies, errors.ToDictionary(error => error.Code, error => error.Count));
    }

    [Fact]
    public void The_table_is_aligned_and_has_every_figure()
    {
        Report().ToTable().ShouldBe(
            """
            operation   local-read, 4 clients, 128 B, 10 keys
            duration    2.00 s
            operations  100
            ops/s       50
            p50         0.050 ms
            p99         0.050 ms
            max         12.345 ms
            errors      0

            """);
    }

    [Fact]
    public void Errors_are_counted_by_code()
    {
        Report(("outcome-unknown", 1), ("no-quorum", 2))
            .ToTable()
            .ShouldContain("errors      3 (no-quorum 2, outcome-unknown 1)");
    }

    [Fact]
    public void Json_has_the_documented_names()
    {
        using var json = JsonDocument.Parse(Report(("no-quorum", 2)).ToJson());
        JsonElement root = json.RootElement;
        root.EnumerateObject().Select(property => property.Name).ShouldBe(
        [
            "op", "clients", "size", "keys", "namespace", "seconds", "operations", "opsPerSecond", "p50Ms", "p99Ms", "maxMs",
            "errors",
        ]);
        root.GetProperty("op").GetString().ShouldBe("local-read");
        root.GetProperty("opsPerSecond").GetDouble().ShouldBe(50);
        root.GetProperty("p50Ms").GetDouble().ShouldBe(0.05);
        root.GetProperty("maxMs").GetDouble().ShouldBe(12.345);
        root.GetProperty("errors").GetProperty("no-quorum").GetInt64().ShouldBe(2);
    }

    [Fact]
    public void A_bench_that_measured_nothing_has_no_rate()
    {
        BenchReport report = Report() with { Elapsed = TimeSpan.Zero };
        report.OperationsPerSecond.ShouldBe(0);
    }
}
