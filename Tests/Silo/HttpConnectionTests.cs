using System.Net.Sockets;
using System.Text;

namespace Doozer.Tests.Silo;

/// <summary>More connections than a node takes.</summary>
public sealed class HttpConnectionTests
{
    private const int Limit = 5;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_without_a_request_make_room_for_others_the_oldest_first()
    {
        await using HttpNode node = await HttpNode.Start(options => options.MaxConnections = Limit);
        var idle = new List<TcpClient>();
        for (int i = 0; i < Limit; i++)
        {
            idle.Add(await Connect(node));

            // It has been accepted, and has nothing to do any more.
            (await Ask(idle[i], "/healthz")).ShouldStartWith("HTTP/1.1 200");
        }

        using TcpClient another = await Connect(node);
        (await Ask(another, "/v1/self")).ShouldStartWith("HTTP/1.1 200");
        (await IsClosed(idle[0])).ShouldBeTrue();
        (await Ask(idle[1], "/v1/self")).ShouldStartWith("HTTP/1.1 200", customMessage: "it is younger");
        idle.ForEach(each => each.Dispose());
    }

    [Fact]
    public async Task Health_can_be_asked_for_when_all_connections_are_at_work()
    {
        await using HttpNode node = await HttpNode.Start(options => options.MaxConnections = Limit);
        var busy = new List<TcpClient>();
        for (int i = 0; i < Limit; i++)
        {
            busy.Add(await Connect(node));
            (await Ask(busy[i], "/v1/main/events?glob=/**")).ShouldStartWith("HTTP/1.1 200");
        }

        using TcpClient health = await Connect(node);
        (await Ask(health, "/healthz")).ShouldStartWith("HTTP/1.1 200");
        string refused = await Ask(health, "/v1/self");
        refused.ShouldStartWith("HTTP/1.1 503");
        refused.ShouldContain("Connection: close");
        busy.ForEach(each => each.Dispose());
    }

    private static async Task<TcpClient> Connect(HttpNode node)
    {
        var client = new TcpClient();
        await client.ConnectAsync(node.Address.Host, node.Address.Port, Cancellation);
        return client;
    }

    /// <summary>Sends a request; returns its answer, of a stream the beginning.</summary>
    private static async Task<string> Ask(TcpClient client, string path)
    {
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"), Cancellation);
        byte[] answer = new byte[4096];
        int read = 0;
        while (!IsWhole(Encoding.ASCII.GetString(answer, 0, read)))
        {
            int more = await stream.ReadAsync(answer.AsMemory(read), Cancellation);
            if (more == 0)
                break;
            read += more;
        }

        return Encoding.ASCII.GetString(answer, 0, read);
    }

    // What is left of one answer would be taken for the next.
    private static bool IsWhole(string answer)
    {
        bool isChunked = answer.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)
            && !answer.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        return answer.Contains("\r\n\r\n", StringComparison.Ordinal)
            && (!isChunked || answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));
    }

    private static async Task<bool> IsClosed(TcpClient client)
    {
        try
        {
            byte[] rest = new byte[4096];
            while (await client.GetStream().ReadAsync(rest, Cancellation) > 0)
            {
            }
        }
        catch (IOException)
        {
            // The connection was reset.
        }

        return true;
    }
}
