using System.Net;
using System.Net.Sockets;
using Doozer.Clustering;
using Doozer.Tests.Client;
using Microsoft.AspNetCore.Http;

namespace Doozer.Tests.Silo;

/// <summary>Bodies of requests that cannot be read: nothing is done for them, and whoever sent them is told.</summary>
public sealed class HttpBodyTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("zz")]
    public async Task A_chunk_without_a_proper_length_is_an_invalid_request(string length)
    {
        string answer = await _node.SendText(
            "PUT /v1/main/tree/a?rev=-1 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
            $"{length}\r\nabc\r\n0\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 400");
        answer.ShouldContain("\"detail\":\"The body cannot be read: Bad chunk size data.\",\"code\":\"invalid-request\"");
        _node.Main.RequestIds.ShouldBeEmpty();
    }

    [Fact]
    public void Whatever_reading_throws_is_the_clients_fault_in_plain_words()
    {
        BadHttpRequestException odd = UnreadableBody.Of(new IOException("Odd.", new OverflowException()));
        (odd.StatusCode, odd.Message).ShouldBe((400, "The body cannot be read: Odd."));
        BadHttpRequestException late = UnreadableBody.Of(new BadHttpRequestException("See MinRequestBodyDataRate.", 408));
        (late.StatusCode, late.Message).ShouldBe((408, "The body came too slowly, or stopped coming."));
        UnreadableBody.Of(new BadHttpRequestException("Large.", 413)).StatusCode.ShouldBe(413);
    }

    [Fact]
    public async Task A_body_that_does_not_come_does_not_keep_a_node_from_stopping()
    {
        var time = new VirtualTime();
        await using HttpNode node = await HttpNode.Start(time: time);
        using var socket = new TcpClient();
        await socket.ConnectAsync(node.Address.Host, node.Address.Port, TestContext.Current.CancellationToken);
        using var answer = new StreamReader(socket.GetStream());
        await socket.GetStream().WriteAsync(
            "PUT /v1/main/tree/a?rev=-1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n"u8
                .ToArray(),
            TestContext.Current.CancellationToken);
        (await answer.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("HTTP/1.1 100 Continue", "the body is read");
        Task stopped = node.Stop();
        await time.FireAsync(TimeSpan.FromSeconds(1));
        await stopped;
        node.Main.RequestIds.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_for_the_server_as_a_whole_is_named_by_its_star() =>
        (await _node.SendRaw("OPTIONS *")).ShouldContain("There is no OPTIONS * here");

    [Fact]
    public async Task A_floor_that_no_revision_can_be_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/main/nop");
        request.Headers.Add("Doozer-Request-Id", Guid.NewGuid().ToString());
        request.Headers.Add("Doozer-Request-Floor", "9223372036854775807");
        using HttpResponseMessage response = await _node.Client.SendAsync(request, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(
            "The argument 'Doozer-Request-Floor' is not valid: '9223372036854775807' is not a revision.");
    }

    [Theory]
    [InlineData("/v1/self?x", "The argument 'x' is not valid: there are no parameters here.")]
    [InlineData("/v1/main/tree/a?Rev=1", "The argument 'Rev' is not valid: there is no such parameter here, only rev, ")]
    public async Task Parameters_are_known_by_their_exact_names(string url, string detail)
    {
        using HttpResponseMessage response = await _node.Send(HttpMethod.Get, url);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain(detail);
    }
}
