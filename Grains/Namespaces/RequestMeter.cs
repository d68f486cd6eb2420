using System.Diagnostics;
using System.Diagnostics.Metrics;
using Doozer.Replicas;

namespace Doozer.Namespaces;

/// <summary>
/// What the requests to this node's namespaces take, and what comes of them, measured and traced. It costs next to nothing while
/// nobody listens.
/// </summary>
internal static class RequestMeter
{
    private static readonly Meter Meter = new(DoozerTelemetry.Name);

    private static readonly Histogram<double> Durations = Meter.CreateHistogram(
        "doozer.request.duration",
        "s",
        "A request to a namespace, by Orleans or by this node's HTTP.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = ReplicaMeter.Durations });

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Durations.Enabled || Tracing.Source.HasListeners();

    /// <summary>Runs a request.</summary>
    /// <param name="namespace">Where.</param>
    /// <param name="operation">What is asked for. With the namespaces, too, there would be too many series.</param>
    /// <param name="request">Does it.</param>
    /// <param name="time">The clock.</param>
    public static async Task<T> Run<T>(string @namespace, string operation, Func<Task<T>> request, TimeProvider time)
    {
        long begin = time.GetTimestamp();
        using Activity? span = Tracing.Begin(operation, ActivityKind.Server, @namespace);
        string outcome = Tracing.Done;
        try
        {
            T result = await request();
            if (result is long revision)
                span?.SetTag("doozer.revision", revision);
            return result;
        }
        catch (Exception exception)
        {
            outcome = Tracing.OutcomeOf(exception);
            throw;
        }
        finally
        {
            span?.SetOutcome(outcome);
            Durations.Record(
                time.GetElapsedTime(begin).TotalSeconds, new(Tracing.Operation, operation), new(Tracing.Outcome, outcome));
        }
    }
}
