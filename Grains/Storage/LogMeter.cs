using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Doozer.Storage;

/// <summary>What the node's log takes. It costs next to nothing while nobody listens.</summary>
internal static class LogMeter
{
    /// <summary>Seconds that a flush of the log to the disk takes.</summary>
    public const string FlushDuration = "doozer.log.flush.duration";

    private static readonly Meter Meter = new("Doozer.Orleans");

    private static readonly Histogram<double> Flushes = Meter.CreateHistogram(
        FlushDuration,
        "s",
        "A flush of the log to the disk (fsync).",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries =
                [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
        });

    private static readonly Counter<long> Records = Meter.CreateCounter<long>(
        "doozer.log.records", "{record}", "Records that were made durable.");

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>(
        "doozer.log.written", "By", "Bytes of these records.");

    public static long Begin() => Flushes.Enabled ? Stopwatch.GetTimestamp() : 0;

    public static void End(long begin)
    {
        if (begin != 0)
            Flushes.Record(Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }

    public static void Count(int records, int bytes)
    {
        Records.Add(records);
        Bytes.Add(bytes);
    }
}
