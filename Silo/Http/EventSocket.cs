using System.Net.WebSockets;
using System.Text.Json;

namespace Doozer.Silo.Http;

/// <summary>
/// Events over a WebSocket: each message is what a wait answers. A problem is the last message, also one with the request, since
/// a page in a browser is not told how an upgrade was refused.
/// </summary>
internal sealed class EventSocket(Answers answers)
{
    private static readonly WebSocketAcceptContext Accepted = new()
    {
        // Whose machine is gone must not be sent to until the network gives up.
        KeepAliveInterval = TimeSpan.FromSeconds(10),
        KeepAliveTimeout = TimeSpan.FromSeconds(20),
    };

    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(1);

    /// <summary>Sends until the client leaves, or the node stops.</summary>
    /// <param name="context">The request.</param>
    /// <param name="open">Reads what the client asks for.</param>
    public async Task Run(HttpContext context, Func<Task<EventFeed>> open)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(Accepted);
        IHostApplicationLifetime lifetime = context.RequestServices.GetRequiredService<IHostApplicationLifetime>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var done = new CancellationTokenSource();
        Task listening = Listen(socket, stop, done.Token);
        var sink = new WebSocketSink(context, socket);
        try
        {
            await answers.Write(sink, writer => Send(writer, sink, open, stop.Token), stop.Token);
            await Close(socket, WebSocketCloseStatus.InternalServerError, "see the last message");
        }
        catch (OperationCanceledException)
        {
            await Close(socket, WebSocketCloseStatus.EndpointUnavailable, "");
        }
        catch (WebSocketException)
        {
            // The client is gone.
        }

        // The client answers a close with its own. To end before that would take back what it has not read yet.
        done.CancelAfter(ClosePatience);
        await listening;
    }

    private async Task Send(AnswerWriter writer, WebSocketSink sink, Func<Task<EventFeed>> open, CancellationToken stop)
    {
        try
        {
            using EventFeed feed = await open();
            for (EventDelivery delivery = feed.First; ; delivery = await feed.Next().WaitAsync(stop))
            {
                await delivery.Write(writer, EventFormat.Json, answers.Events, feed.WithBodies);
                await End(writer, sink);
            }
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or WebSocketException))
        {
            Problem problem = Problems.Of(EventFeed.Failure(exception));
            await writer.Write(JsonSerializer.Serialize(problem, AnswerJson.Types.Problem));
            await End(writer, sink);
        }
    }

    private static async Task End(AnswerWriter writer, WebSocketSink sink)
    {
        sink.EndsMessage = true;
        await writer.Flush();
        sink.EndsMessage = false;
    }

    /// <summary>Notices that the client closes; whatever it says is passed over.</summary>
    private static async Task Listen(WebSocket socket, CancellationTokenSource stop, CancellationToken done)
    {
        byte[] ignored = new byte[256];
        try
        {
            while ((await socket.ReceiveAsync(ignored.AsMemory(), done)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
        }

        await stop.CancelAsync();
    }

    private static async Task Close(WebSocket socket, WebSocketCloseStatus status, string reason)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return;
        using var patience = new CancellationTokenSource(ClosePatience);
        try
        {
            await socket.CloseOutputAsync(status, reason, patience.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
        }
    }
}
