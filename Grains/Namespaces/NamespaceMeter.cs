using System.Diagnostics.Metrics;
using Doozer.Replicas;

namespace Doozer.Namespaces;

/// <summary>What this node's requests in a namespace take. It costs next to nothing while nobody listens.</summary>
/// <param name="namespace">The namespace, with which all is tagged.</param>
/// <param name="time">The clock.</param>
internal sealed class NamespaceMeter(string @namespace, TimeProvider time)
{
    /// <summary>Seconds from when the node takes a write on until its revision is known.</summary>
    public const string WriteDuration = "doozer.write.duration";

    /// <summary>Reads that were answered.</summary>
    public const string Reads = "doozer.reads";

    private static readonly Meter Meter = new(DoozerTelemetry.Name);

    private static readonly Histogram<double> Writes = Meter.CreateHistogram(
        WriteDuration,
        "s",
        "From when the node takes a write on until its revision is known.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = ReplicaMeter.Durations });

    private static readonly Counter<long> ReadCount = Meter.CreateCounter<long>(Reads, "{read}", "Reads that were answered.");

    private readonly KeyValuePair<string, object?> _tag = new(Tracing.Namespace, @namespace);

    public void CountRead() => ReadCount.Add(1, _tag);

    /// <summary>When a write begins.</summary>
    public long Begin() => Writes.Enabled ? time.GetTimestamp() : 0;

    /// <summary>A write is done.</summary>
    /// <param name="begin">When it began.</param>
    public void End(long begin)
    {
        if (begin != 0)
            Writes.Record(time.GetElapsedTime(begin).TotalSeconds, _tag);
    }
}
