using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Messaging;

/// <summary>Opens connections.</summary>
internal sealed class Connector(ConnectionOptions options, string clusterId, string serviceId, SiloAddress? self)
{
    /// <summary>Connects in the background, null when that fails; the connection can be used at once and is closed when the attempt fails.</summary>
    public async Task<Welcome?> ConnectAsync(Connection connection, SiloAddress target)
    {
        try
        {
            var (socket, welcome) = await OpenAsync(target);
            connection.Remote = welcome.Silo;
            return connection.Start(socket) ? welcome : null;
        }
        catch (SiloReplacedException e)
        {
            connection.Close(new SiloUnavailableException(e.Message, e));
        }
        catch (Exception e)
        {
            connection.Close(new SiloUnavailableException($"Cannot connect to {target}: {e.Message}", e));
        }

        return null;
    }

    private async Task<(Socket Socket, Welcome Welcome)> OpenAsync(SiloAddress target)
    {
        using var limit = new CancellationTokenSource(options.OpenConnectionTimeout);
        var socket = new Socket(target.Endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync((EndPoint)target.Endpoint, limit.Token);
            var hello = new Hello(clusterId, serviceId, self, target);
            return (socket, await Handshake.ConnectAsync(socket, hello, limit.Token));
        }
        catch (OperationCanceledException e)
        {
            socket.Dispose();
            throw new TimeoutException($"no answer within {options.OpenConnectionTimeout}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
