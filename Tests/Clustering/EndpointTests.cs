using System.Net;
using System.Net.Sockets;
using System.Text;
using Doozer.Clustering;
using Doozer.Tests.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Clustering;

/// <summary>What the endpoint for peers says to those who are none.</summary>
public sealed class EndpointTests : IAsyncLifetime
{
    private readonly TestPeers _peers = new();
    private readonly LogLines _lines = new();
    private WebApplication _server = null!;

    public async ValueTask InitializeAsync()
    {
        TestPeer peer = await _peers.Start(1);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_lines);
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        QuorumClusteringEndpoints.Map(_server, peer.Node);
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _peers.DisposeAsync();
    }

    /// <summary>Also where no web server of the node's own is before it, which knows of pages in browsers.</summary>
    [Theory]
    [InlineData("/v1/clustering/nodes", "Origin", "http://evil.example")]
    [InlineData("/v1/clustering/nodes", "Sec-Fetch-Site", "same-origin")]
    [InlineData("/v1/clustering/peer", "Origin", "null")]
    public async Task A_page_in_a_browser_changes_nothing(string path, string header, string value)
    {
        using var client = new HttpClient { BaseAddress = new Uri(_server.Urls.First()) };
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent("""{"change":"add","node":"n4","address":"http://127.0.0.1:4"}"""),
        };
        request.Headers.Add(header, value);
        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("foreign-origin");
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 4\r\n\r\njunk")]
    public async Task A_body_that_is_no_message_is_a_problem_without_noise(string request)
    {
        using var socket = new TcpClient();
        var address = new Uri(_server.Urls.First());
        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using NetworkStream stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"POST /v1/clustering/peer HTTP/1.1\r\nHost: n1\r\nConnection: close\r\n{request}"),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        string answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        answer.ShouldStartWith("HTTP/1.1 400");
        answer.ShouldContain("\"code\":\"malformed\"");
        _lines.Count("unhandled exception").ShouldBe(0);
    }
}
