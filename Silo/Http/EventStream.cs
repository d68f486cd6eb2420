using System.Globalization;
using System.Text.Json;
using Doozer.Namespaces;
using Doozer.Tree;

namespace Doozer.Silo.Http;

/// <summary>
/// <c>GET /v1/{namespace}/events</c>: server-sent events whose ids are revisions, so that a client that comes back with
/// <c>Last-Event-ID</c> goes on without a gap.
/// </summary>
internal sealed class EventStream(Answers answers, EventReaders? readers)
{
    private const int EventsAtOnce = 100;

    /// <summary>
    /// Often enough for proxies that cut silent connections, and short enough that an abandoned poll soon ends.
    /// </summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);

    public async Task Run(HttpContext context, ILocalNamespaceGrain grain, string @namespace)
    {
        try
        {
            answers.Budget.OpenStream();
        }
        catch (OverloadedException exception)
        {
            // Not 429: another node may have room, and who balances load goes there.
            answers.CountRefused();
            await Problems.Write(context, Problems.Of(exception, StatusCodes.Status503ServiceUnavailable));
            return;
        }

        try
        {
            await Begin(context, grain, @namespace);
        }
        finally
        {
            answers.Budget.CloseStream();
        }
    }

    private async Task Begin(HttpContext context, ILocalNamespaceGrain grain, string @namespace)
    {
        var query = new RequestQuery(context.Request);
        string glob = query.Glob;
        long revision = LastEventId(context.Request) is { } last ? last + 1 : query.RevisionOrLatest;

        // Answers at once: a bad glob or a lost history is still a proper error, and the client learns where it stands.
        WaitResult first = (await grain
            .WaitShared(glob, revision, EventsAtOnce, TimeSpan.Zero, query.Mode)
            .WaitAsync(context.RequestAborted)).Value;

        Glob parsed = Arguments.RequireGlob(glob);
        IHostApplicationLifetime lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        try
        {
            await answers.Write(context, writer => Stream(writer, first, Next, stop.Token), stop.Token);
        }
        catch (OperationCanceledException)
        {
        }

        // Most streams wait most of the time: a call of the grain for each would cost more than all else.
        async Task<WaitResult> Next(long from) => readers?.Find(@namespace) is { } reader
            ? await reader.Next(parsed, from, EventsAtOnce, KeepAlive, query.Mode)
            : (await grain.WaitShared(glob, from, EventsAtOnce, KeepAlive, query.Mode)).Value;
    }

    private async Task Stream(
        AnswerWriter writer, WaitResult first, Func<long, Task<WaitResult>> next, CancellationToken stop)
    {
        try
        {
            await WriteEvents(writer, first, next, stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The status line is gone. Say why, and close: the client comes back with the last id it has seen, here or elsewhere.
            DoozerException error = exception as DoozerException
                ?? new NodeUnavailableException("", $"the stream failed ({exception.GetType().Name})");
            string data = JsonSerializer.Serialize(Problems.Of(error), AnswerJson.Types.Problem);
            await writer.Write($"event: error\ndata: {data}\n\n");
        }
    }

    private async Task WriteEvents(
        AnswerWriter writer, WaitResult result, Func<long, Task<WaitResult>> next, CancellationToken stop)
    {
        while (true)
        {
            foreach (FileEvent e in result.Events)
            {
                await writer.Write($"id: {e.Revision}\nevent: {KindNames.Of(e.Kind)}\ndata: ");
                await writer.Write(answers.Events, e);
                await writer.Write("\n\n");
            }

            // An id without data dispatches nothing, but a client that reconnects resumes after it.
            await writer.Write($"id: {result.Next - 1}\n\n");
            await writer.Flush();
            result = await next(result.Next).WaitAsync(stop);
        }
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
