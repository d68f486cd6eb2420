using System.Net;
using System.Net.Sockets;
using System.Text;
using Doozer.Clustering;

namespace Doozer.Tests.Clustering;

/// <summary>What the end of a connection says about the peer behind it.</summary>
public sealed class LivenessTests
{
    private const string Begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n";

    [Theory]
    [InlineData(Begun, true)]
    [InlineData(Begun + "0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("", false)]
    public async Task A_connection_breaks_when_it_ends_in_the_middle(string answer, bool breaks)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var transport = new HttpPeerTransport(TimeSpan.FromMinutes(1));
        int signs = 0;
        Task<bool> asked = transport.BreaksConnection(
            new Uri($"http://{listener.LocalEndpoint}"), () => signs++, TestContext.Current.CancellationToken);
        using (TcpClient peer = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            listener.Stop();
            NetworkStream stream = peer.GetStream();
            _ = await stream.ReadAtLeastAsync(new byte[1024], 1, cancellationToken: TestContext.Current.CancellationToken);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), TestContext.Current.CancellationToken);
        }

        (await asked).ShouldBe(breaks);
        signs.ShouldBe(answer.StartsWith(Begun, StringComparison.Ordinal) ? 1 : 0);
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_breaks()
    {
        using var transport = new HttpPeerTransport(TimeSpan.FromMinutes(1));

        bool breaks = await transport.BreaksConnection(
            new Uri("http://127.9.9.9:9"), () => { }, TestContext.Current.CancellationToken);

        breaks.ShouldBeFalse();
    }
}
