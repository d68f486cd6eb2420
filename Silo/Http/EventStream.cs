using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Doozer.Silo.Http;

/// <summary>
/// <c>GET /v1/{namespace}/events</c>: server-sent events whose ids are revisions, so that a client that comes back with
/// <c>Last-Event-ID</c> goes on without a gap.
/// </summary>
internal static class EventStream
{
    private const int MaxEventsAtOnce = 100;

    /// <summary>
    /// About as many bytes as a stream holds while its client reads: there may be many streams, and silent ones.
    /// </summary>
    private const int BytesAtOnce = 256 << 10;

    /// <summary>A client that takes nothing for so long is cut off; it may come back with the last id it has seen.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Often enough for proxies that cut silent connections, and short enough that an abandoned poll soon ends.
    /// </summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    public static EventResult Result(FileEvent e) => new(e.Revision, KindNames.Of(e.Kind), e.Path, e.Body);

    public static async Task Run(HttpContext context, INamespaceGrain grain)
    {
        var query = new RequestQuery(context.Request);
        string glob = query.Glob;
        long revision = LastEventId(context.Request) is { } last ? last + 1 : query.RevisionOrLatest;

        // Answers at once: a bad glob or a lost history is still a proper error, and the client learns where it stands.
        WaitResult first = await grain
            .Wait(glob, revision, 1, TimeSpan.Zero, query.Mode)
            .WaitAsync(context.RequestAborted);

        IHostApplicationLifetime lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        try
        {
            await Stream(context, grain, glob, query.Mode, first, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (TimeoutException)
        {
            context.Abort();
        }
        catch (Exception exception)
        {
            // The status line is gone. Say why, and close: the client comes back with the last id it has seen, here or elsewhere.
            DoozerException error = exception as DoozerException
                ?? new NodeUnavailableException("", $"the stream failed ({exception.GetType().Name})");
            string data = JsonSerializer.Serialize(Problems.Of(error), AnswerJson.Types.Problem);
            await context.Response.WriteAsync($"event: error\ndata: {data}\n\n", Encoding.UTF8, stop.Token);
        }
    }

    /// <summary>How many events to ask for next, by how large the last ones were.</summary>
    internal static int EventsAtOnce(FileEvent[] last)
    {
        long bytes = last.Sum(static e => (long)e.Body.Length);
        return bytes == 0 ? MaxEventsAtOnce : (int)Math.Clamp(BytesAtOnce * (long)last.Length / bytes, 1, MaxEventsAtOnce);
    }

    private static async Task Stream(
        HttpContext context, INamespaceGrain grain, string glob, ReadMode mode, WaitResult result, CancellationToken stop)
    {
        PipeWriter writer = context.Response.BodyWriter;
        TimeProvider time = context.RequestServices.GetRequiredService<TimeProvider>();
        while (true)
        {
            int next = EventsAtOnce(result.Events);
            foreach (FileEvent e in result.Events)
            {
                Write(writer, e);
                await Flush(writer, time, stop);
            }

            // An id without data dispatches nothing, but a client that reconnects resumes after it.
            WriteText(writer, $"id: {result.Next - 1}\n\n");
            await Flush(writer, time, stop);
            result = await grain.Wait(glob, result.Next, next, KeepAlive, mode).WaitAsync(stop);
        }
    }

    private static async Task Flush(PipeWriter writer, TimeProvider time, CancellationToken stop)
    {
        ValueTask<FlushResult> flush = writer.FlushAsync(stop);
        if (!flush.IsCompletedSuccessfully)
            await flush.AsTask().WaitAsync(ReadPatience, time, stop);
    }

    private static void Write(PipeWriter writer, FileEvent e)
    {
        EventResult result = Result(e);
        WriteText(writer, $"id: {e.Revision}\nevent: {result.Kind}\ndata: ");
        using (var json = new Utf8JsonWriter(writer))
            JsonSerializer.Serialize(json, result, AnswerJson.Types.EventResult);
        WriteText(writer, "\n\n");
    }

    private static void WriteText(PipeWriter writer, string text) => Encoding.UTF8.GetBytes(text, writer);

    private static long? LastEventId(HttpRequest request)
    {
        string? text = request.Headers["Last-Event-ID"];
        if (string.IsNullOrEmpty(text))
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            && id < long.MaxValue
            ? id
            : throw new InvalidArgumentException("Last-Event-ID", $"'{text}' is not a revision");
    }
}
