using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Reports;
using Doozer.Silo.Bench;

namespace Doozer.Benchmarks.Loads;

/// <summary>Makes figures of what was counted.</summary>
internal static class LoadFigures
{
    /// <param name="measurement">What was measured.</param>
    /// <param name="latencies">Of the operations that succeeded.</param>
    /// <param name="elapsed">In how long.</param>
    /// <param name="cpu">Who used the processors meanwhile.</param>
    public static Measurement WithLoad(
        this Measurement measurement, BenchLatencyHistogram latencies, TimeSpan elapsed, CpuUse cpu) => measurement with
        {
            Seconds = Math.Round(elapsed.TotalSeconds, 3),
            Operations = latencies.Count,
            OperationsPerSecond = Math.Round(latencies.Count / elapsed.TotalSeconds, 1),
            P50Ms = latencies.Percentile(0.5) / 1000.0,
            P99Ms = latencies.Percentile(0.99) / 1000.0,
            MaxMs = latencies.Max / 1000.0,
            ServerCpuMicroseconds = ForOne(cpu.NodeSeconds, latencies.Count),
            ClientCpuMicroseconds = ForOne(cpu.ClientSeconds, latencies.Count),
            OtherCpuShare = Math.Round(cpu.OtherShare, 3),
        };

    private static double? ForOne(double seconds, long operations) =>
        operations == 0 ? null : Math.Round(seconds * 1e6 / operations, 1);
}
