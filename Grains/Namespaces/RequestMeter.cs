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
            Record(time.GetElapsedTime(begin), operation, outcome);
        }
    }

    /// <summary>
    /// Runs requests that share a call. They share its span as well: one for each would cost more than it tells, since all are
    /// begun and answered together.
    /// </summary>
    /// <param name="namespace">Where.</param>
    /// <param name="requests">What is asked for.</param>
    /// <param name="answer">Does it.</param>
    /// <param name="time">The clock.</param>
    public static async Task<FileAnswer[]> Run(
        string @namespace, FileRequest[] requests, Func<FileRequest[], Task<FileAnswer[]>> answer, TimeProvider time)
    {
        long begin = time.GetTimestamp();
        using Activity? span = Tracing.Begin("requests", ActivityKind.Server, @namespace);
        span?.SetTag(Tracing.Requests, requests.Length);
        FileAnswer[] answers = await answer(requests);
        TimeSpan took = time.GetElapsedTime(begin);
        int failed = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i].IsNone)
                continue;
            Exception? error = answers[i].Error;
            failed += error is null ? 0 : 1;
            Record(took, NameOf(requests[i].Operation), error is null ? Tracing.Done : Tracing.OutcomeOf(error));
        }

        if (failed > 0)
            span?.SetTag("doozer.failed", failed);
        return answers;
    }

    private static void Record(TimeSpan took, string operation, string outcome) =>
        Durations.Record(took.TotalSeconds, new(Tracing.Operation, operation), new(Tracing.Outcome, outcome));

    private static string NameOf(FileOperation operation) => operation switch
    {
        FileOperation.Get => "get",
        FileOperation.Set => "set",
        FileOperation.Del => "del",
        _ => "unknown",
    };
}
