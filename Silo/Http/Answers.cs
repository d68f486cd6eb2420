using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace Doozer.Silo.Http;

/// <summary>What all answers of a node share: the budget, the encoded events, and the numbers that tell of them.</summary>
internal sealed class Answers
{
    private const int ShortBytes = 4 << 10;
    private const long KeptEventBytes = 8 << 20;

    // Many streams are ready to be written at one time, and the pool's queue has the protocol's turns, too: for each of half of
    // the processors streams take one place in it, and go to its end after a few steps.
    private readonly TaskScheduler _scheduler = new ConcurrentExclusiveSchedulerPair(
        TaskScheduler.Default, Math.Max(1, Environment.ProcessorCount / 2), maxItemsPerTask: 4).ConcurrentScheduler;

    private readonly Counter<long> _cutOff;
    private readonly Counter<long> _refused;

    public Answers(IOptions<HttpOptions> options, TimeProvider time, IMeterFactory meters)
    {
        Time = time;
        Feeds = new SharedFeeds(_scheduler, time);
        Budget = new AnswerBudget(options.Value);
        Meter meter = meters.Create(DoozerTelemetry.Name);
        meter.CreateObservableGauge(
            "doozer.http.event_streams", () => Budget.Streams, "{stream}", "Event streams that are open.");
        meter.CreateObservableGauge("doozer.http.answer_bytes", () => Budget.Bytes, "By", "Bytes on their way to clients.");
        meter.CreateObservableGauge("doozer.http.event_cache_bytes", () => Events.Bytes, "By", "Encoded events that are kept.");
        meter.CreateObservableCounter(
            "doozer.http.encoded_event_pieces", () => Events.Encoded, "{piece}", "Pieces of events that were encoded.");
        _cutOff = meter.CreateCounter<long>(
            "doozer.http.cut_off", "{client}", "Clients that were cut off since they read nothing.");
        _refused = meter.CreateCounter<long>("doozer.http.refused_streams", "{stream}", "Event streams that were refused.");
    }

    public TimeProvider Time { get; }

    public AnswerBudget Budget { get; }

    public EventPieces Events { get; } = new(KeptEventBytes);

    /// <summary>Events that several streams get.</summary>
    public SharedFeeds Feeds { get; }

    /// <summary>Writes the body of an answer beside the others, and sends it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="stop">Gives up.</param>
    public Task Write(HttpContext context, Func<AnswerWriter, Task> write, CancellationToken stop) =>
        Write(new BodySink(context), write, stop);

    /// <summary>Writes an answer beside the others, and sends it.</summary>
    /// <param name="sink">Where to.</param>
    /// <param name="write">Writes it.</param>
    /// <param name="stop">Gives up.</param>
    public Task Write(IAnswerSink sink, Func<AnswerWriter, Task> write, CancellationToken stop) => Task.Factory.StartNew(
        async () =>
        {
            using var writer = new AnswerWriter(sink, this, stop);
            await write(writer);
            await writer.Flush();
        },
        CancellationToken.None,
        TaskCreationOptions.DenyChildAttach,
        _scheduler).Unwrap();

    /// <summary>Writes the body of an answer. A short one waits for no other and is not counted.</summary>
    public Task WriteBytes(HttpContext context, ReadOnlyMemory<byte> body) => body.Length <= ShortBytes
        ? context.Response.BodyWriter.WriteAsync(body).AsTask()
        : Write(context, writer => writer.Write(body).AsTask(), context.RequestAborted);

    /// <summary>Writes an answer in JSON.</summary>
    public Task WriteJson(HttpContext context, Func<AnswerWriter, Task> write)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return Write(context, write, context.RequestAborted);
    }

    public void CountCutOff() => _cutOff.Add(1);

    public void CountRefused() => _refused.Add(1);
}
