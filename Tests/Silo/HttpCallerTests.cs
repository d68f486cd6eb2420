using System.Net;
using System.Net.Http.Json;
using Doozer.Silo.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Doozer.Tests.Silo;

/// <summary>Who may ask a node, and what becomes of a client that leaves.</summary>
public sealed class HttpCallerTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData("POST", "/v1/main/nop")]
    [InlineData("POST", "/v1/main/leader?node=n2")]
    [InlineData("POST", "/v1/main/sessions")]
    [InlineData("PUT", "/v1/main/sessions/1")]
    [InlineData("DELETE", "/v1/main/sessions/1")]
    [InlineData("POST", "/v1/main/transactions")]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1")]
    [InlineData("DELETE", "/v1/main/tree/a?rev=-1")]
    [InlineData("POST", "/v1/clustering/peer")]
    [InlineData("POST", "/v1/clustering/nodes")]
    public async Task A_page_of_another_site_changes_nothing(string method, string url)
    {
        (string Name, string Value)[] headers =
        [
            ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://localhost:1"),
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        ];
        foreach ((string Name, string Value) header in headers)
            (await Ask(method, url, header)).ShouldBe((HttpStatusCode.Forbidden, "foreign-origin"));
        _node.Main.Revision.ShouldBe(0);
        _node.Main.RequestIds.ShouldBeEmpty();
        _node.Main.TransferredTo.ShouldBeNull();
    }

    [Theory]
    [InlineData("localhost:8000", "http://localhost:8000")]
    [InlineData("db.example", "https://db.example")]
    [InlineData("db.example:80", "http://DB.example")]
    [InlineData("[::1]:8000", "http://[::1]:8000")]
    public async Task A_page_of_the_node_itself_may_change_things(string host, string origin)
    {
        (await Ask("POST", "/v1/main/nop", ("Host", host), ("Origin", origin), ("Sec-Fetch-Site", "same-origin")))
            .Status.ShouldBe(HttpStatusCode.OK);
        (await Ask("POST", "/v1/main/nop", ("Host", host), ("Sec-Fetch-Site", "none"))).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_page_of_another_site_may_link_to_what_is_only_read() =>
        (await Ask("GET", "/v1/main/rev", ("Origin", "http://evil.example"))).Status.ShouldBe(HttpStatusCode.OK);

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example:8000")]
    [InlineData("localhost.evil.example")]
    public async Task A_name_that_the_node_does_not_have_is_refused_everywhere(string host)
    {
        foreach (string url in new[] { "/", "/v1/main/rev", "/v1/self", "/healthz", "/v1/clustering/gateways" })
            (await Ask("GET", url, ("Host", host))).ShouldBe((HttpStatusCode.MisdirectedRequest, "unknown-host"));
        (await Ask("POST", "/v1/main/nop", ("Host", host), ("Origin", $"http://{host}")))
            .ShouldBe((HttpStatusCode.MisdirectedRequest, "unknown-host"));
        _node.Main.RequestIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("192.0.2.7:8000")]
    [InlineData("[2001:db8::1]")]
    [InlineData("LocalHost:8000")]
    [InlineData("localhost.")]
    [InlineData("DB.example:8000")]
    public async Task An_address_and_a_name_that_was_given_are_accepted(string host) =>
        (await Ask("GET", "/v1/main/rev", ("Host", host))).Status.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public async Task A_client_that_names_no_host_is_no_browser() =>
        (await _node.SendText("GET /healthz HTTP/1.0\r\n\r\n")).ShouldStartWith("HTTP/1.1 200");

    [Fact]
    public async Task Peers_may_know_each_other_by_any_name() =>
        // Here is no clustering, so nobody answers; a node's own tests ask it.
        (await Ask("POST", "/v1/clustering/peer", ("Host", "n2.internal"))).Status.ShouldBe(HttpStatusCode.NotFound);

    [Fact]
    public async Task Readiness_that_nobody_waits_for_any_more_is_no_failure()
    {
        _node.Main.Failure = new NodeUnavailableException("n1", "it stops");
        DefaultHttpContext context = Gone();
        var health = new HealthEndpoints(
            _ => _node.Main, new NodeInfo("n1", "doozer", "1", "", "", ""), TimeProvider.System);
        await health.Ready(context);
        context.Response.StatusCode.ShouldBe(200);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_because_the_client_has_left_is_no_failure()
    {
        DefaultHttpContext context = Gone();
        context.Features.Set<IHttpResponseFeature>(new StartedResponse());
        await Calls.Read(_ => throw new OperationCanceledException())(context);
        await Calls.Read(_ => throw new IOException("broken pipe"))(context);
        await Should.ThrowAsync<InvalidOperationException>(Calls.Read(_ => throw new InvalidOperationException())(context));
    }

    private static DefaultHttpContext Gone() => new() { RequestAborted = new CancellationToken(canceled: true) };

    private async Task<(HttpStatusCode Status, string? Code)> Ask(
        string method, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        using HttpResponseMessage response = await _node.Client.SendAsync(request, Cancellation);
        string? code = response.Content.Headers.ContentType?.MediaType == Problem.ContentType
            ? (await response.Content.ReadFromJsonAsync(DoozerJson.Default.Problem, Cancellation))!.Code
            : null;
        return (response.StatusCode, code);
    }

    private sealed class StartedResponse : HttpResponseFeature
    {
        public override bool HasStarted => true;
    }
}
