using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Messaging;

/// <summary>Accepts connections at one endpoint and hands over those whose greeting is right.</summary>
internal sealed partial class Listener(
    IPEndPoint endpoint, Func<Hello, string?> refuse, Action<Hello, Socket> accepted, Welcome self, TimeSpan timeout, ILogger logger)
    : IDisposable
{
    private readonly Socket _socket = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stopping = new();

    public void Start()
    {
        try
        {
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _socket.Bind(endpoint);
            _socket.Listen(512);
        }
        catch (SocketException e)
        {
            throw new OrleansConfigurationException($"Cannot listen on {endpoint}: {e.Message}.", e);
        }

        _ = AcceptLoopAsync();
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _socket.Dispose();
    }

    private async Task AcceptLoopAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                _ = GreetAsync(await _socket.AcceptAsync(_stopping.Token));
            }
            catch (SocketException e)
            {
                LogAcceptFailed(e, endpoint);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task GreetAsync(Socket socket)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(timeout);
        try
        {
            socket.NoDelay = true;
            var hello = await Handshake.AcceptAsync(socket, limit.Token);
            var error = refuse(hello);
            await Handshake.ReplyAsync(socket, error, self, limit.Token);
            if (error is null)
            {
                accepted(hello, socket);
                return;
            }

            LogRefused(socket.RemoteEndPoint, error);
        }
        catch (Exception e)
        {
            LogGreetingFailed(e, endpoint);
        }

        socket.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Accepting a connection on {Endpoint} failed.")]
    private partial void LogAcceptFailed(Exception exception, IPEndPoint endpoint);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A connection to {Endpoint} ended during its greeting.")]
    private partial void LogGreetingFailed(Exception exception, IPEndPoint endpoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a connection from {Remote}: {Reason}")]
    private partial void LogRefused(EndPoint? remote, string reason);
}
