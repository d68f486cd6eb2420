using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class HttpTreeTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_written_file_is_read_back_with_its_revisions()
    {
        HttpResponseMessage put = await _node.Send(HttpMethod.Put, "/v1/main/tree/app/name?rev=0", "hello");
        put.StatusCode.ShouldBe(HttpStatusCode.OK);
        Header(put, DoozerHeaders.Revision).ShouldBe("1");
        (await Json(put)).GetProperty("revision").GetInt64().ShouldBe(1);
        await _node.Send(HttpMethod.Post, "/v1/main/nop");

        HttpResponseMessage get = await _node.Send(HttpMethod.Get, "/v1/main/tree/app/name");
        get.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Text(get)).ShouldBe("hello");
        Header(get, DoozerHeaders.Revision).ShouldBe("1");
        Header(get, DoozerHeaders.TreeRevision).ShouldBe("2");
    }

    [Theory]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1")]
    [InlineData("GET", "/v1/main/tree/a")]
    [InlineData("GET", "/v1/main/tree/a?stat")]
    [InlineData("GET", "/v1/main/tree/b")]
    public async Task A_short_answer_is_sent_as_one(string method, string url)
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=0", "one");
        HttpResponseMessage answer = await _node.Send(new HttpMethod(method), url, method == "PUT" ? "two" : null);
        answer.Headers.TransferEncodingChunked.ShouldNotBe(true);
    }

    [Fact]
    public async Task An_older_revision_can_be_read()
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=0", "one");
        await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=1", "two");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/tree/a?rev=1"))).ShouldBe("one");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/tree/a?rev=2&local=true"))).ShouldBe("two");
    }

    [Fact]
    public async Task Deleting_takes_a_revision_and_the_file()
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=0", "one");
        HttpResponseMessage del = await _node.Send(HttpMethod.Delete, "/v1/main/tree/a?rev=1");
        Header(del, DoozerHeaders.Revision).ShouldBe("2");
        (await _node.Send(HttpMethod.Get, "/v1/main/tree/a")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_directory_is_listed_in_pages()
    {
        foreach (string name in new[] { "a", "b", "c/d" })
            await _node.Send(HttpMethod.Put, $"/v1/main/tree/dir/{name}?rev=0", "x");

        JsonElement page = await Json(await _node.Send(HttpMethod.Get, "/v1/main/tree/dir?dir=true&limit=2"));
        page.GetProperty("more").GetBoolean().ShouldBeTrue();
        Names(page).ShouldBe(["a", "b"]);
        page = await Json(await _node.Send(HttpMethod.Get, "/v1/main/tree/dir?dir=true&limit=2&after=b"));
        page.GetProperty("more").GetBoolean().ShouldBeFalse();
        Names(page).ShouldBe(["c"]);
        page.GetProperty("entries")[0].GetProperty("kind").GetString().ShouldBe("directory");
    }

    [Theory]
    [InlineData("/v1/main/tree/?dir=true")]
    [InlineData("/v1/main/tree?dir=true")]
    public async Task The_root_is_a_directory_even_when_empty(string url) =>
        Names(await Json(await _node.Send(HttpMethod.Get, url))).ShouldBeEmpty();

    [Theory]
    [InlineData("/v1/main/tree/d?stat=true", "directory", 0, 1)]
    [InlineData("/v1/main/tree/d/f?stat=true", "file", 1, 5)]
    [InlineData("/v1/main/tree/none?stat=true", "missing", 0, 0)]
    public async Task Stat_tells_what_is_there(string url, string kind, long revision, long length)
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/d/f?rev=0", "12345");
        JsonElement stat = await Json(await _node.Send(HttpMethod.Get, url));
        stat.GetProperty("kind").GetString().ShouldBe(kind);
        stat.GetProperty("revision").GetInt64().ShouldBe(revision);
        stat.GetProperty("length").GetInt64().ShouldBe(length);
    }

    [Fact]
    public async Task A_walk_gives_bodies_as_base64()
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/d/f?rev=0", "12345");
        JsonElement walk = await Json(await _node.Send(HttpMethod.Get, "/v1/main/walk?glob=/**"));
        JsonElement file = walk.GetProperty("files")[0];
        file.GetProperty("path").GetString().ShouldBe("/d/f");
        Encoding.UTF8.GetString(file.GetProperty("body").GetBytesFromBase64()).ShouldBe("12345");
    }

    [Fact]
    public async Task Namespaces_are_apart()
    {
        await _node.Send(HttpMethod.Put, "/v1/one/tree/f?rev=0", "1");
        (await _node.Send(HttpMethod.Get, "/v1/two/tree/f")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Json(await _node.Send(HttpMethod.Get, "/v1/one/rev"))).GetProperty("revision").GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_request_id_is_passed_on_and_given_back()
    {
        var id = Guid.Parse("0d2b5b0e-8b3a-4f0e-9d6c-3c4c5a9e7f01");
        HttpResponseMessage first = await _node.Send(HttpMethod.Put, "/v1/main/tree/f?rev=0", "1", id);
        HttpResponseMessage again = await _node.Send(HttpMethod.Put, "/v1/main/tree/f?rev=0", "1", id);
        Header(again, DoozerHeaders.RequestId).ShouldBe(id.ToString());
        Header(again, DoozerHeaders.Revision).ShouldBe(Header(first, DoozerHeaders.Revision));
        _node.Main.RequestIds.ShouldBe([id, id]);
    }

    [Theory]
    [InlineData("12", true, 200)]
    [InlineData("0", true, 200)]
    [InlineData("-1", true, 400)]
    [InlineData("x", true, 400)]
    [InlineData("12", false, 400)]
    public async Task A_floor_is_passed_on_with_a_request_id(string floor, bool withId, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/main/tree/f?rev=0") { Content = new StringContent("1") };
        request.Headers.Add(DoozerHeaders.RequestFloor, floor);
        if (withId)
            request.Headers.Add(DoozerHeaders.RequestId, Guid.NewGuid().ToString());
        HttpResponseMessage answer = await _node.Client.SendAsync(request, TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status);
        _node.Main.LastFloor.ShouldBe(status == 200 ? long.Parse(floor) : null);
    }

    [Fact]
    public async Task Without_a_request_id_one_is_chosen()
    {
        HttpResponseMessage put = await _node.Send(HttpMethod.Put, "/v1/main/tree/f?rev=0", "1");
        _node.Main.RequestIds.ShouldHaveSingleItem().ShouldBe(Guid.Parse(Header(put, DoozerHeaders.RequestId)));
    }

    [Theory]
    [InlineData(true, true, HttpStatusCode.OK)]
    [InlineData(true, false, HttpStatusCode.ServiceUnavailable)]
    [InlineData(false, true, HttpStatusCode.ServiceUnavailable)]
    public async Task Ready_means_a_leader_with_a_quorum(bool leads, bool reachable, HttpStatusCode status)
    {
        _node.Main.StatusToReport = FakeNamespace.StatusOf(leads, reachable);
        (await _node.Send(HttpMethod.Get, "/readyz")).StatusCode.ShouldBe(status);
        (await _node.Send(HttpMethod.Get, "/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Status_and_self_are_json()
    {
        JsonElement status = await Json(await _node.Send(HttpMethod.Get, "/v1/main/status"));
        status.GetProperty("leading").GetProperty("node").GetString().ShouldBe("n1");
        status.GetProperty("leading").GetProperty("role").GetString().ShouldBe("Leader");
        (await Json(await _node.Send(HttpMethod.Get, "/v1/self"))).GetProperty("node").GetString().ShouldBe("n1");
    }

    [Fact]
    public async Task Head_tells_of_a_file_what_get_does_without_the_body()
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=0", "hello");
        using HttpResponseMessage there = await _node.Send(HttpMethod.Head, "/v1/main/tree/a");
        there.StatusCode.ShouldBe(HttpStatusCode.OK);
        there.Headers.GetValues(DoozerHeaders.Revision).ShouldBe(["1"]);
        there.Content.Headers.ContentLength.ShouldBe(5);
        (await there.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await _node.Send(HttpMethod.Head, "/v1/main/tree/b")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _node.Send(HttpMethod.Head, "/healthz")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_root_tells_where_to_look()
    {
        string page = await _node.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        foreach (string url in new[] { "/v1/main/status", "/v1/clustering/status", "/healthz", "/readyz" })
            page.ShouldContain(url);
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private static Task<string> Text(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private static Task<JsonElement> Json(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    private static IEnumerable<string?> Names(JsonElement page) =>
        page.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("name").GetString());
}
