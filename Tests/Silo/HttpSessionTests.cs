using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class HttpSessionTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_session_is_opened_looked_at_kept_alive_and_closed()
    {
        using HttpResponseMessage opened = await Open("""{"ttl":2.5,"owner":"web \u00e4\"1\" 2"}""");
        opened.StatusCode.ShouldBe(HttpStatusCode.Created);
        opened.Headers.Location!.OriginalString.ShouldBe("/v1/main/sessions/1");
        opened.Headers.GetValues(DoozerHeaders.Revision).ShouldBe(["1"]);
        (await Text(opened)).ShouldBe("""{"id":1,"ttl":2.5,"owner":"web ä\"1\" 2"}""");

        using HttpResponseMessage read = await _node.Send(HttpMethod.Get, "/v1/main/sessions/1");
        (await Text(read)).ShouldBe("""{"id":1,"ttl":2.5,"owner":"web ä\"1\" 2"}""");
        read.Headers.GetValues(DoozerHeaders.TreeRevision).ShouldBe(["1"]);
        (await _node.Send(HttpMethod.Put, "/v1/main/sessions/1")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await Text(await _node.Send(HttpMethod.Delete, "/v1/main/sessions/1"))).ShouldBe("""{"revision":2}""");

        foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            using HttpResponseMessage over = await _node.Send(method, "/v1/main/sessions/1");
            over.StatusCode.ShouldBe(HttpStatusCode.Gone);
            JsonElement problem = await Json(over);
            problem.GetProperty("code").GetString().ShouldBe("session-expired");
            problem.GetProperty("session").GetInt64().ShouldBe(1);
        }

        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/sessions/1?rev=1"))).ShouldContain("\"ttl\":2.5");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"ttl":null,"owner":null}""")]
    public async Task A_session_has_ten_seconds_and_no_owner_unless_told(string? body)
    {
        using HttpResponseMessage opened = await Open(body);
        opened.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await Text(opened)).ShouldBe("""{"id":1,"ttl":10,"owner":""}""");
    }

    [Theory]
    [InlineData("""{"ttl":0.999}""", "The argument 'ttl' is not valid: it must be from 1 to 3600 s, in whole milliseconds.")]
    [InlineData("""{"ttl":3600.001}""", "The argument 'ttl' is not valid: it must be from 1 to 3600 s")]
    [InlineData("""{"ttl":1e25}""", "The argument 'ttl' is not valid: it must be from 1 to 3600 s")]
    [InlineData("""{"ttl":-1e25}""", "The argument 'ttl' is not valid: it must be from 1 to 3600 s")]
    [InlineData("""{"ttl":1e99}""", "The argument 'ttl' is not valid: it must be a number of seconds.")]
    [InlineData("""{"ttl":1.0001}""", "The argument 'ttl' is not valid: it must be from 1 to 3600 s, in whole milliseconds.")]
    [InlineData("""{"ttl":1.00000000001}""", "The argument 'ttl' is not valid: it must be from 1 to 3600 s")]
    [InlineData("""{"ttl":"10"}""", "The argument 'ttl' is not valid: it must be a number of seconds.")]
    [InlineData("""{"owner":7}""", "The argument 'owner' is not valid: it must be a text, in quotes.")]
    [InlineData("""{"owner":"a\nb"}""", "The argument 'owner' is not valid: it must be text of at most 256 bytes")]
    [InlineData("""{"TTL":10}""", "The argument 'TTL' is not valid: there is no such member here, only ttl, owner.")]
    [InlineData("""{"ttl":10,"ttl":20}""", "The body is no JSON: ")]
    [InlineData("""{"ttl":10""", "The body is no JSON: ")]
    [InlineData("""{"ttl":10}x""", "The body is no JSON: ")]
    [InlineData("""{"owner":"\ud800"}""", "The body is no JSON: a text in it has half of a surrogate pair.")]
    [InlineData("[]", "The argument 'body' is not valid: it must be an object, in braces.")]
    public async Task What_is_wrong_with_a_session_is_said(string body, string detail)
    {
        using HttpResponseMessage refused = await Open(body);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        JsonElement problem = await Json(refused);
        problem.GetProperty("detail").GetString()!.ShouldStartWith(detail);
        problem.GetProperty("code").GetString().ShouldBe(
            detail.StartsWith("The body", StringComparison.Ordinal) ? "invalid-request" : "invalid-argument");
        _node.Main.Revision.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_is_no_UTF_8_or_too_long_or_compressed_opens_nothing()
    {
        (await Refused(new ByteArrayContent([.. "{\"owner\":\""u8, 0xff, .. "\"}"u8]))).ShouldBe(400);
        (await Refused(new ByteArrayContent(new byte[4097]))).ShouldBe(413);
        var compressed = new ByteArrayContent("{}"u8.ToArray());
        compressed.Headers.ContentEncoding.Add("gzip");
        (await Refused(compressed)).ShouldBe(415);
        _node.Main.Revision.ShouldBe(0);
    }

    [Fact]
    public async Task The_open_sessions_are_listed_in_pages_of_one_tree()
    {
        for (int i = 0; i < 3; i++)
            await Open($$"""{"owner":"o{{i}}"}""");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/sessions?limit=2"))).ShouldBe(
            """{"sessions":[{"id":1,"ttl":10,"owner":"o0"},{"id":2,"ttl":10,"owner":"o1"}]""" +
            ""","more":true,"after":"2","treeRevision":3}""");
        await _node.Send(HttpMethod.Delete, "/v1/main/sessions/3");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/sessions?limit=2&after=2&rev=3"))).ShouldBe(
            """{"sessions":[{"id":3,"ttl":10,"owner":"o2"}],"more":false,"treeRevision":3}""");
        JsonElement left = await Json(await _node.Send(HttpMethod.Get, "/v1/main/sessions?local"));
        left.GetProperty("sessions").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task What_is_sent_again_is_done_once()
    {
        var id = Guid.NewGuid();
        for (int i = 0; i < 2; i++)
            (await Text(await _node.Send(HttpMethod.Post, "/v1/main/sessions", "{}", id))).ShouldStartWith("{\"id\":1,");
        id = Guid.NewGuid();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage closed = await _node.Send(HttpMethod.Delete, "/v1/main/sessions/1", null, id);
            (await Text(closed)).ShouldBe("""{"revision":2}""");
            closed.Headers.GetValues(DoozerHeaders.RequestId).ShouldBe([id.ToString()]);
        }
    }

    [Fact]
    public async Task A_held_file_is_told_by_all_reads_and_goes_with_its_session()
    {
        await Open(null);
        (await _node.Send(HttpMethod.Put, "/v1/main/tree/d/a?rev=0&session=1", "x")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await _node.Send(HttpMethod.Put, "/v1/main/tree/d/b?rev=0", "y");

        using HttpResponseMessage held = await _node.Send(HttpMethod.Get, "/v1/main/tree/d/a");
        held.Headers.GetValues(DoozerHeaders.Session).ShouldBe(["1"]);
        (await _node.Send(HttpMethod.Get, "/v1/main/tree/d/b")).Headers.Contains(DoozerHeaders.Session).ShouldBeFalse();
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/tree/d/a?stat"))).ShouldEndWith(":3,\"session\":1}");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/tree/d/b?stat"))).ShouldNotContain("session");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/tree/d?dir"))).ShouldContain(
            """[{"name":"a","kind":"file","revision":2,"length":1,"session":1},""" +
            """{"name":"b","kind":"file","revision":3,"length":1}]""");
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/walk?glob=/d/*"))).ShouldContain(
            """[{"path":"/d/a","revision":2,"session":1,"body":"eA=="},{"path":"/d/b","revision":3,"body":"eQ=="}]""");

        await _node.Send(HttpMethod.Delete, "/v1/main/sessions/1");
        (await _node.Send(HttpMethod.Get, "/v1/main/tree/d/a")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _node.Send(HttpMethod.Get, "/v1/main/tree/d/b")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/wait?glob=/**&rev=1&timeout=0"))).ShouldBe(
            """{"events":[{"revision":1,"kind":"set","path":"/ctl/session/1","body":"MTAwMDAg"},""" +
            """{"revision":2,"kind":"set","path":"/d/a","session":1,"body":"eA=="},""" +
            """{"revision":3,"kind":"set","path":"/d/b","body":"eQ=="},""" +
            """{"revision":4,"kind":"del","path":"/d/a","end":5,"body":""},""" +
            """{"revision":5,"kind":"del","path":"/ctl/session/1","body":""}],"next":6}""");

        using HttpResponseMessage late = await _node.Send(HttpMethod.Put, "/v1/main/tree/d/a?rev=0&session=1", "x");
        late.StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await Json(late)).GetProperty("code").GetString().ShouldBe("session-expired");
    }

    [Theory]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1&session=x")]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1&session=0")]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1&session=1&session=2")]
    [InlineData("DELETE", "/v1/main/tree/a?rev=-1&session=1")]
    [InlineData("GET", "/v1/main/tree/a?session=1")]
    [InlineData("GET", "/v1/main/sessions?after=x")]
    [InlineData("GET", "/v1/main/sessions?limit=0")]
    [InlineData("GET", "/v1/main/sessions?dir")]
    [InlineData("POST", "/v1/main/sessions?ttl=10")]
    [InlineData("GET", "/v1/main/sessions/x")]
    [InlineData("PUT", "/v1/main/sessions/-1")]
    [InlineData("PUT", "/v1/main/sessions/1?ttl=10")]
    [InlineData("DELETE", "/v1/main/sessions/1?rev=1")]
    public async Task A_bad_parameter_changes_nothing(string method, string url)
    {
        using HttpResponseMessage refused = await _node.Send(new HttpMethod(method), url);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Json(refused)).GetProperty("code").GetString().ShouldBe("invalid-argument");
        _node.Main.RequestIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("PUT", "/v1/main/sessions", "GET, POST")]
    [InlineData("POST", "/v1/main/sessions/1", "DELETE, GET, PUT")]
    [InlineData("GET", "/v1/main/transactions", "POST")]
    public async Task Another_method_is_told_which_there_are(string method, string url, string allowed)
    {
        using HttpResponseMessage response = await _node.Send(new HttpMethod(method), url);
        response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.Order().ShouldBe(allowed.Split(", "));
    }

    private Task<HttpResponseMessage> Open(string? body) => _node.Send(HttpMethod.Post, "/v1/main/sessions", body);

    private async Task<int> Refused(HttpContent body)
    {
        using HttpResponseMessage response = await _node.Client.PostAsync("/v1/main/sessions", body, Cancellation);
        return (int)response.StatusCode;
    }

    private static Task<string> Text(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Cancellation);

    private static Task<JsonElement> Json(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
}
