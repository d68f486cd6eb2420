using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class HttpTransactionTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task All_changes_are_made_at_once_and_their_events_say_where_they_end()
    {
        await _node.Send(HttpMethod.Post, "/v1/main/sessions");
        await _node.Send(HttpMethod.Put, "/v1/main/tree/old?rev=0", "x");
        using HttpResponseMessage done = await Post(
            """
            {"changes":[
                {"set":"/a","text":"h\u00e4","revision":0},
                {"set":"/b","body":"AAE=","revision":-1,"session":1},
                {"del":"/old","revision":2},
                {"check":"/none","set":null,"text":null,"session":null,"revision":0}]}
            """);
        done.StatusCode.ShouldBe(HttpStatusCode.OK);
        done.Headers.GetValues(DoozerHeaders.Revision).ShouldBe(["5"]);
        (await Text(done)).ShouldBe("""{"revision":5}""");

        byte[] a = await _node.Client.GetByteArrayAsync("/v1/main/tree/a", Cancellation);
        a.ShouldBe(Encoding.UTF8.GetBytes("hä"));
        (await _node.Client.GetByteArrayAsync("/v1/main/tree/b", Cancellation)).ShouldBe([0, 1]);
        (await Text(await _node.Send(HttpMethod.Get, "/v1/main/wait?glob=/**&rev=3&timeout=0"))).ShouldBe(
            """{"events":[{"revision":3,"kind":"set","path":"/a","end":5,"body":"aMOk"},""" +
            """{"revision":4,"kind":"set","path":"/b","session":1,"end":5,"body":"AAE="},""" +
            """{"revision":5,"kind":"del","path":"/old","body":""}],"next":6}""");

        // Nobody sees a tree between them.
        JsonElement within = await Json(await _node.Send(HttpMethod.Get, "/v1/main/walk?glob=/*&rev=3"));
        within.GetProperty("files").GetArrayLength().ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"check":"/a","revision":2}""", 412, "revision-mismatch", "/a")]
    [InlineData("""{"set":"/a","text":"","revision":0}""", 412, "revision-mismatch", "/a")]
    [InlineData("""{"set":"/a/b","text":"","revision":0}""", 409, "not-directory", "/a/b")]
    [InlineData("""{"set":"/d","text":"","revision":0}""", 409, "is-directory", "/d")]
    [InlineData("""{"set":"/new","text":"","revision":0,"session":9}""", 410, "session-expired", null)]
    [InlineData("""{"del":"/none","revision":-1}""", 404, "not-found", "/none")]
    [InlineData("""{"set":"a","text":"","revision":0}""", 400, "invalid-path", "a")]
    [InlineData("""{"set":"/ctl/a","text":"","revision":0}""", 403, "reserved-path", "/ctl/a")]
    [InlineData("""{"set":"/a","text":"","revision":-2}""", 400, "invalid-revision", null)]
    [InlineData("""{"check":"/a","revision":-1}""", 400, "invalid-revision", null)]
    public async Task One_change_that_fails_is_told_as_if_it_had_been_asked_for_alone(
        string change, int status, string code, string? path)
    {
        await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=0", "x");
        await _node.Send(HttpMethod.Put, "/v1/main/tree/d/f?rev=0", "x");
        using HttpResponseMessage refused = await Post(
            $$"""{"changes":[{"set":"/first","text":"","revision":0},{{change}}]}""");
        ((int)refused.StatusCode).ShouldBe(status);
        Problem problem = (await refused.Content.ReadFromJsonAsync(DoozerJson.Default.Problem, Cancellation))!;
        (problem.Status, problem.Code, problem.Change, problem.Path).ShouldBe((status, code, 1, path));
        problem.Current.ShouldBe(code == "revision-mismatch" ? 1 : null);
        _node.Main.Revision.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"set":"/a","revision":0}""", "either a body, in base64, or a text")]
    [InlineData("""{"set":"/a","text":"","body":"","revision":0}""", "either a body, in base64, or a text")]
    [InlineData("""{"set":"/a","text":""}""", "'revision' is not valid: it is missing")]
    [InlineData("""{"set":"/a","body":"?","revision":0}""", "'body' is not valid: it must be a text in base64")]
    [InlineData("""{"set":"/a","text":1,"revision":0}""", "'text' is not valid: it must be a text, in quotes")]
    [InlineData("""{"set":7,"text":"","revision":0}""", "'set' is not valid: it must be a text, in quotes")]
    [InlineData("""{"set":"/a","text":"","revision":"0"}""", "'revision' is not valid: it must be a whole number")]
    [InlineData("""{"set":"/a","text":"","revision":0.5}""", "'revision' is not valid: it must be a whole number")]
    [InlineData("""{"set":"/a","text":"","revision":0,"rev":0}""", "'rev' is not valid: there is no such member here, only set")]
    [InlineData("""{"del":"/a","revision":0,"session":1}""", "'session' is not valid: there is no such member here, only del, ")]
    [InlineData("""{"check":"/a","revision":0,"text":""}""", "'text' is not valid: there is no such member here, only check, ")]
    [InlineData("""{"set":"/a","del":"/a","text":"","revision":0}""", "'del' is not valid: there is no such member here")]
    [InlineData("""{"move":"/a"}""", "each is a set, a del or a check")]
    [InlineData("7", "'changes' is not valid: it must be an object, in braces")]
    public async Task A_change_that_is_none_is_named(string change, string detail)
    {
        using HttpResponseMessage refused = await Post($$"""{"changes":[{"check":"/a","revision":0},{{change}}]}""");
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        Problem problem = (await refused.Content.ReadFromJsonAsync(DoozerJson.Default.Problem, Cancellation))!;
        (problem.Code, problem.Change).ShouldBe(("invalid-argument", 1));
        problem.Detail.ShouldContain(detail);
        _node.Main.RequestIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "'changes' is not valid: it must be a list, in brackets")]
    [InlineData("{}", "'changes' is not valid: it must be a list, in brackets")]
    [InlineData("""{"changes":{}}""", "'changes' is not valid: it must be a list, in brackets")]
    [InlineData("""{"changes":[]}""", "a transaction has 1 to 128 changes, and this one 0")]
    [InlineData("""{"changes":[],"atomic":true}""", "'atomic' is not valid: there is no such member here, only changes")]
    public async Task A_transaction_that_is_none_is_refused(string body, string detail)
    {
        using HttpResponseMessage refused = await Post(body);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        Problem problem = (await refused.Content.ReadFromJsonAsync(DoozerJson.Default.Problem, Cancellation))!;
        (problem.Code, problem.Change).ShouldBe(("invalid-argument", null));
        problem.Detail.ShouldContain(detail);
    }

    [Fact]
    public async Task A_transaction_has_its_limits()
    {
        string one = """{"check":"/a","revision":0}""";
        using HttpResponseMessage most = await Post($$"""{"changes":[{{string.Join(',', Enumerable.Repeat(one, 128))}}]}""");
        most.StatusCode.ShouldBe(HttpStatusCode.OK);
        using HttpResponseMessage many = await Post($$"""{"changes":[{{string.Join(',', Enumerable.Repeat(one, 129))}}]}""");
        (await Text(many)).ShouldContain("a transaction has 1 to 128 changes, and this one 129");

        string body = Convert.ToBase64String(new byte[(1 << 20) - 2]);
        string exact = $$"""{"changes":[{"set":"/a","body":"{{body}}","revision":0}]}""";
        (await Post(exact)).StatusCode.ShouldBe(HttpStatusCode.OK);
        using HttpResponseMessage large = await Post(exact.Replace("/a", "/aa", StringComparison.Ordinal));
        large.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await Text(large)).ShouldContain("their paths and bodies have 1048577 bytes, and may have 1048576");
        (await Post(new string(' ', (2 << 20) + 1))).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_transaction_that_is_sent_again_is_done_once()
    {
        var id = Guid.NewGuid();
        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage done = await _node.Send(
                HttpMethod.Post, "/v1/main/transactions", """{"changes":[{"set":"/a","text":"x","revision":0}]}""", id);
            (await Text(done)).ShouldBe("""{"revision":1}""");
        }

        using HttpResponseMessage other = await _node.Send(
            HttpMethod.Post, "/v1/main/transactions", """{"changes":[{"set":"/b","text":"x","revision":0}]}""", id);
        other.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await Json(other)).GetProperty("code").GetString().ShouldBe("request-id-reused");
    }

    private Task<HttpResponseMessage> Post(string body) => _node.Send(HttpMethod.Post, "/v1/main/transactions", body);

    private static Task<string> Text(HttpResponseMessage response) => response.Content.ReadAsStringAsync(Cancellation);

    private static Task<JsonElement> Json(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
}
