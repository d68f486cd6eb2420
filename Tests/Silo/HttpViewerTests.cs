using System.Net;
using Doozer.Silo.Viewer;

namespace Doozer.Tests.Silo;

/// <summary>The viewer's page and files, and what a browser is told.</summary>
public sealed class HttpViewerTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_browser_gets_a_page_that_runs_its_own_files_alone_and_asks_the_nodes_alone()
    {
        using HttpResponseMessage response = await Ask(HttpMethod.Get, "/?path=/a", ("Accept", "text/html,*/*;q=0.8"));
        string policy = Header(response, "Content-Security-Policy");
        policy.ShouldContain($"default-src 'none'; script-src 'self' 'sha256-{new ViewerFiles().BootDigest}'; style-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldContain("http://db2.example:8000 ws://db2.example:8000");
        policy.ShouldNotContain("unsafe");
        Header(response, "X-Content-Type-Options").ShouldBe("nosniff");
        Header(response, "X-Frame-Options").ShouldBe("DENY");

        string page = await response.Content.ReadAsStringAsync(Cancellation);
        string[] files =
            [.. page.Split('"').Where(text => text.StartsWith(ViewerPages.Path + "/", StringComparison.Ordinal))];
        files.Length.ShouldBeGreaterThan(3);
        foreach (string file in files)
        {
            using HttpResponseMessage answer = await Ask(HttpMethod.Get, file);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            Header(answer, "Cache-Control").ShouldContain("immutable");
        }
    }

    [Fact]
    public async Task Who_asks_for_no_page_gets_a_few_lines()
    {
        using HttpResponseMessage response = await Ask(HttpMethod.Get, "/", ("Accept", "*/*"));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/plain");
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldContain("node n1 of cluster doozer");
    }

    [Theory]
    [InlineData("/viewer/0123456789ab/app.js")]
    [InlineData("/viewer/VERSION/none.js")]
    [InlineData("/viewer/VERSION/")]
    public async Task A_file_of_another_version_or_of_no_name_is_not_there(string url)
    {
        using HttpResponseMessage response = await Ask(
            HttpMethod.Get, url.Replace("VERSION", new ViewerFiles().Version, StringComparison.Ordinal));
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await response.Content.ReadAsStringAsync(Cancellation)).ShouldContain("unknown-url");
    }

    [Fact]
    public async Task What_is_stored_is_no_page_whatever_it_looks_like()
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/page.html?rev=-1", "<script>alert(1)</script>");
        using HttpResponseMessage response = await Ask(HttpMethod.Get, "/v1/main/tree/page.html", ("Accept", "text/html"));
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/octet-stream");
        Header(response, "X-Content-Type-Options").ShouldBe("nosniff");
        Header(response, "Content-Security-Policy").ShouldContain("sandbox");
    }

    [Fact]
    public async Task A_page_of_another_node_may_read_and_write_and_one_of_another_site_may_not()
    {
        (string, string)[] preflight =
            [("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "doozer-request-id")];
        using HttpResponseMessage own = await Ask(
            HttpMethod.Options, "/v1/main/tree/a?rev=-1", [("Origin", "http://localhost:7001"), .. preflight]);
        own.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        Header(own, "Access-Control-Allow-Origin").ShouldBe("http://localhost:7001");
        Header(own, "Access-Control-Allow-Methods").ShouldContain("PUT");
        using HttpResponseMessage written = await Ask(
            HttpMethod.Put, "/v1/main/tree/a?rev=-1", ("Origin", "http://localhost:7001"), ("Sec-Fetch-Site", "same-site"));
        written.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(written, "Access-Control-Expose-Headers").ShouldContain("Doozer-Revision");

        using HttpResponseMessage foreign = await Ask(
            HttpMethod.Options, "/v1/main/tree/a?rev=-1", [("Origin", "http://evil.example"), .. preflight]);
        foreign.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        using HttpResponseMessage read = await Ask(HttpMethod.Get, "/v1/main/tree/a", ("Origin", "http://evil.example"));
        read.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        _node.Main.Revision.ShouldBe(1);
    }

    [Fact]
    public void Durations_are_summed_up_to_within_a_fifth()
    {
        var histogram = new DurationHistogram();
        for (int i = 1; i <= 1000; i++)
            histogram.Add(i / 1000.0);
        DurationSummary summary = histogram.Take();
        summary.Count.ShouldBe(1000);
        summary.P50.ShouldBe(500, 100);
        summary.P99.ShouldBe(990, 200);
        histogram.Add(0);
        histogram.Add(1e9);
        histogram.Take().Count.ShouldBe(2);
        histogram.Take().ShouldBe(new DurationSummary(0, 0, 0));
    }

    private static string Header(HttpResponseMessage response, string name) =>
        string.Join(", ", response.Headers.GetValues(name));

    private async Task<HttpResponseMessage> Ask(HttpMethod method, string url, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, url);
        if (method == HttpMethod.Put)
            request.Content = new StringContent("x");
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await _node.Client.SendAsync(request, Cancellation);
    }
}
