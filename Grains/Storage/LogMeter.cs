using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Doozer.Storage;

/// <summary>What the node's log takes. It costs next to nothing while nobody listens.</summary>
internal static class LogMeter
{
    /// <summary>Seconds that a flush of the log to the disk takes.</summary>
    public const string FlushDuration = "doozer.log.flush.duration";

    private static readonly Meter Meter = new("Doozer.Orleans");

    private static readonly Histogram<double> Flushes = Meter.CreateHistogram<double>(
        FlushDuration, "s", "A flush of the log to the disk.");

    public static long Begin() => Flushes.Enabled ? Stopwatch.GetTimestamp() : 0;

    public static void End(long begin)
    {
        if (begin != 0)
            Flushes.Record(Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }
}
