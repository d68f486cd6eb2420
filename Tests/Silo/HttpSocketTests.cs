using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

/// <summary>Events over a WebSocket.</summary>
public sealed class HttpSocketTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start(options => options.MaxEventStreams = 2);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Messages_are_what_waits_answer_and_go_on_from_a_revision()
    {
        await Put("/a", "one");
        await Put("/a", "two");
        using ClientWebSocket socket = await Connect("/v1/main/events?glob=/**&rev=2");
        EventsResult first = await Receive(socket);
        first.Events.ShouldHaveSingleItem().Body.ShouldBe("two"u8.ToArray());
        first.Next.ShouldBe(3);

        await Put("/b", "three");
        EventsResult second = await Receive(socket);
        second.Events.ShouldHaveSingleItem().Path.ShouldBe("/b");
        second.Next.ShouldBe(4);
    }

    [Fact]
    public async Task Events_files_and_waits_come_without_bodies_when_only_their_lengths_are_wanted()
    {
        await Put("/a", "hello");
        using ClientWebSocket socket = await Connect("/v1/main/events?glob=/**&rev=1&bodies=false");
        const string Event = """{"revision":1,"kind":"set","path":"/a","length":5}""";
        (await ReceiveText(socket)).ShouldBe($$"""{"events":[{{Event}}],"next":2}""");
        (await Get("/v1/main/wait?glob=/**&rev=1&bodies=false")).ShouldBe($$"""{"events":[{{Event}}],"next":2}""");
        (await Get("/v1/main/walk?glob=/**&bodies=false")).ShouldBe(
            """{"files":[{"path":"/a","revision":1,"length":5}],"more":false,"treeRevision":1}""");
    }

    [Fact]
    public async Task Only_what_sessions_hold_is_found_page_by_page()
    {
        long session = await _node.Main.OpenSession(TimeSpan.FromSeconds(10), "", Guid.NewGuid());
        for (int i = 0; i < 5; i++)
            await _node.Send(HttpMethod.Put, $"/v1/main/tree/f{i}?rev=-1{(i % 2 == 0 ? $"&session={session}" : "")}", "x");
        string first = await Get("/v1/main/walk?glob=/f*&held&bodies=false&limit=2");
        first.ShouldContain("/f0");
        first.ShouldContain("/f2");
        first.ShouldNotContain("/f1");
        first.ShouldContain("\"after\":\"/f2\"");
        string second = await Get("/v1/main/walk?glob=/f*&held&bodies=false&limit=2&after=/f2");
        second.ShouldContain("/f4");
        second.ShouldContain("\"more\":false");
    }

    [Theory]
    [InlineData("/v1/main/events?glob=a", "invalid-glob")]
    [InlineData("/v1/main/events", "invalid-argument")]
    public async Task What_is_wrong_is_the_last_message_since_a_page_is_not_told_of_a_refused_upgrade(string url, string code)
    {
        using ClientWebSocket socket = await Connect(url);
        (await ReceiveText(socket)).ShouldContain(code);
        (await socket.ReceiveAsync(new byte[16], Cancellation)).MessageType.ShouldBe(WebSocketMessageType.Close);
    }

    [Fact]
    public async Task A_failure_later_is_the_last_message_too()
    {
        using ClientWebSocket socket = await Connect("/v1/main/events?glob=/**");
        await ReceiveText(socket);
        _node.Main.Failure = new NoQuorumException("main", "2 of 3", ["n2"]);
        _node.Main.WakeWaiters();
        (await ReceiveText(socket)).ShouldContain("no-quorum");
        (await socket.ReceiveAsync(new byte[16], Cancellation)).MessageType.ShouldBe(WebSocketMessageType.Close);
    }

    [Fact]
    public async Task Sockets_count_as_event_streams_and_one_that_is_closed_makes_room()
    {
        using ClientWebSocket first = await Connect("/v1/main/events?glob=/**");
        using ClientWebSocket second = await Connect("/v1/main/events?glob=/**");
        (await Refusal("/v1/main/events?glob=/**")).ShouldBe(HttpStatusCode.ServiceUnavailable);
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Cancellation);
        while (_node.Answers.Budget.Streams > 1)
            await Task.Yield();
        using ClientWebSocket third = await Connect("/v1/main/events?glob=/**");
        await ReceiveText(third);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:7002")]
    public async Task A_page_of_another_site_gets_no_socket(string origin) =>
        (await Refusal("/v1/main/events?glob=/**", origin)).ShouldBe(HttpStatusCode.Forbidden);

    [Theory]
    [InlineData("http://localhost:7001")]
    [InlineData("http://127.0.0.1:7001")]
    [InlineData("https://DB2.example:8000")]
    public async Task A_page_of_a_node_of_the_cluster_gets_one(string origin)
    {
        using ClientWebSocket socket = await Connect("/v1/main/events?glob=/**", origin);
        await ReceiveText(socket);
    }

    private async Task<ClientWebSocket> Connect(string url, string? origin = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new Uri(_node.Address.ToString().Replace("http", "ws").TrimEnd('/') + url), Cancellation);
        return socket;
    }

    private async Task<HttpStatusCode> Refusal(string url, string? origin = null)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        await Should.ThrowAsync<WebSocketException>(socket.ConnectAsync(
            new Uri(_node.Address.ToString().Replace("http", "ws").TrimEnd('/') + url), Cancellation));
        return socket.HttpStatusCode;
    }

    private static async Task<EventsResult> Receive(WebSocket socket) =>
        JsonSerializer.Deserialize(await ReceiveText(socket), DoozerJson.Default.EventsResult)!;

    private static async Task<string> ReceiveText(WebSocket socket)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (true)
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, Cancellation);
            result.MessageType.ShouldBe(WebSocketMessageType.Text);
            text.Append(Encoding.UTF8.GetString(buffer, 0, result.Count));
            if (result.EndOfMessage)
                return text.ToString();
        }
    }

    private Task<HttpResponseMessage> Put(string path, string body) =>
        _node.Send(HttpMethod.Put, $"/v1/main/tree{path}?rev=-1", body);

    private async Task<string> Get(string url)
    {
        HttpResponseMessage response = await _node.Send(HttpMethod.Get, url);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }
}
