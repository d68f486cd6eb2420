using System.Net;
using System.Net.Sockets;
using Orleans.Invocation;
using Orleans.Messaging;
using Orleans.Serialization;

namespace Doozer.Tests.StandIn;

/// <summary>The end of a connection.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task Both_sides_may_end_a_connection_at_once()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        for (var round = 0; round < 300; round++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            var accept = listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
            await socket.ConnectAsync(listener.LocalEndpoint, TestContext.Current.CancellationToken);
            using var other = await accept;
            var connection = new Connection(new NoHandler(), maxMessageBytes: 100);
            connection.Start(socket).ShouldBeTrue();

            other.Dispose();
            Thread.SpinWait(round * 100);
            connection.Abort(new InvalidOperationException("The test ends it."));

            connection.IsClosed.ShouldBeTrue();
        }
    }

    private sealed class NoHandler : IConnectionHandler
    {
        public void OnRequest(Connection connection, in RequestHeader header, Reader arguments)
        {
        }

        public void OnClosed(Connection connection, Exception reason)
        {
        }
    }
}
