using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Doozer.Silo.Http;

/// <summary>
/// <c>GET /v1/{namespace}/events</c>: server-sent events whose ids are revisions, so that a client that comes back with
/// <c>Last-Event-ID</c> goes on without a gap.
/// </summary>
internal static class EventStream
{
    private const int EventsAtOnce = 100;

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
            .Wait(glob, revision, EventsAtOnce, TimeSpan.Zero, query.Mode)
            .WaitAsync(context.RequestAborted);

        IHostApplicationLifetime lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        try
        {
            await Stream(context.Response, grain, glob, query.Mode, first, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
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

    private static async Task Stream(
        HttpResponse response, INamespaceGrain grain, string glob, ReadMode mode, WaitResult result, CancellationToken stop)
    {
        var text = new StringBuilder();
        while (true)
        {
            foreach (FileEvent e in result.Events)
                Append(text, e);

            // An id without data dispatches nothing, but a client that reconnects resumes after it.
            text.Append("id: ").Append(result.Next - 1).Append("\n\n");
            await response.WriteAsync(text.ToString(), Encoding.UTF8, stop);
            await response.Body.FlushAsync(stop);
            text.Clear();
            result = await grain.Wait(glob, result.Next, EventsAtOnce, KeepAlive, mode).WaitAsync(stop);
        }
    }

    private static void Append(StringBuilder text, FileEvent e)
    {
        EventResult result = Result(e);
        text.Append("id: ").Append(e.Revision).Append("\nevent: ").Append(result.Kind)
            .Append("\ndata: ").Append(JsonSerializer.Serialize(result, AnswerJson.Types.EventResult)).Append("\n\n");
    }

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
