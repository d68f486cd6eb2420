using System.Text.Json;
using Doozer.Namespaces;

namespace Doozer.Silo.Http;

/// <summary>
/// <c>GET /v1/{namespace}/events</c>: server-sent events whose ids are revisions, so that a client that comes back with
/// <c>Last-Event-ID</c> goes on without a gap; or, to a client that asks for it, messages over a <see cref="EventSocket"/>.
/// </summary>
internal sealed class EventStream(Answers answers, EventReaders? readers)
{
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
            Task<EventFeed> Open() => EventFeed.Open(context, grain, readers, answers.Feeds, @namespace);
            if (context.WebSockets.IsWebSocketRequest)
            {
                await new EventSocket(answers).Run(context, Open);
                return;
            }

            using EventFeed feed = await Open();
            await Send(context, feed);
        }
        finally
        {
            answers.Budget.CloseStream();
        }
    }

    private async Task Send(HttpContext context, EventFeed feed)
    {
        IHostApplicationLifetime lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        try
        {
            await answers.Write(context, writer => Stream(writer, feed, stop.Token), stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Stream(AnswerWriter writer, EventFeed feed, CancellationToken stop)
    {
        try
        {
            await WriteEvents(writer, feed, stop);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The status line is gone. Say why, and close: the client comes back with the last id it has seen, here or elsewhere.
            string data = JsonSerializer.Serialize(Problems.Of(EventFeed.Failure(exception)), AnswerJson.Types.Problem);
            await writer.Write($"event: error\ndata: {data}\n\n");
        }
    }

    private async Task WriteEvents(AnswerWriter writer, EventFeed feed, CancellationToken stop)
    {
        for (EventDelivery delivery = feed.First; ; delivery = await feed.Next().WaitAsync(stop))
        {
            await delivery.Write(writer, EventFormat.ServerSent, answers.Events, feed.WithBodies);
            await writer.Flush();
        }
    }
}
