using System.Net;
using System.Net.Http.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class HttpErrorTests : IAsyncLifetime
{
    private static readonly Guid Id = Guid.Parse("0d2b5b0e-8b3a-4f0e-9d6c-3c4c5a9e7f01");

    private HttpNode _node = null!;

    public static TheoryData<DoozerException, int> Errors => new()
    {
        { new InvalidPathException("a", "reason"), 400 },
        { new InvalidGlobException("a", "reason"), 400 },
        { new InvalidArgumentException("a", "reason"), 400 },
        { new InvalidNamespaceException("a", "reason"), 400 },
        { new InvalidRevisionException(-2), 400 },
        { new FutureRevisionException(9, 3), 400 },
        { new ReservedPathException("/ctl/a"), 403 },
        { new NotFoundException("/a"), 404 },
        { new NoNamespaceException("a"), 404 },
        { new NamespaceExistsException("a"), 409 },
        { new TooManyNamespacesException("a", 100), 507 },
        { new IsDirectoryException("/a"), 409 },
        { new NotDirectoryException("/a"), 409 },
        { new TooLateException(1, 7), 410 },
        { new RevisionMismatchException("/a", 3, 4), 412 },
        { new BodyTooLargeException(2000, 1000), 413 },
        { new OverloadedException("requests", 10), 429 },
        { new NoQuorumException("main", "2 of 3", ["n2", "n3"]), 503 },
        { new NodeUnavailableException("n2", "down"), 503 },
        { new OutcomeUnknownException(Id, "late"), 504 },
        { new StoreFullException("/a", 90, 100), 507 },
        { new DiskFullException("n2", 5), 507 },
        { new RequestIdReusedException(Id), 409 },
        { new RequestTooOldException(Id, 7), 504 },
        { new SessionExpiredException(7), 410 },
        { new SessionFullException(7), 409 },
        { new TransactionFailedException(2, new StoreFullException("/a", 90, 100)), 507 },
    };

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [MemberData(nameof(Errors), DisableDiscoveryEnumeration = true)]
    public async Task Every_error_is_a_problem_document_with_its_code(DoozerException error, int status)
    {
        ArgumentNullException.ThrowIfNull(error);
        _node.Main.Failure = error;
        foreach (HttpMethod method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            HttpResponseMessage response = await _node.Send(
                method, "/v1/main/tree/a?rev=1", method == HttpMethod.Put ? "x" : null);
            Problem problem = await ProblemOf(response, status, error.Code);
            var failed = error as TransactionFailedException;
            problem.Detail.ShouldBe(failed?.Reason.Message ?? error.Message);
            problem.Change.ShouldBe(failed?.Change);
            (response.Headers.RetryAfter is not null).ShouldBe(status is 429 or 503);
        }
    }

    [Fact]
    public void Every_kind_of_error_is_in_the_table() =>
        typeof(DoozerException).Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(DoozerException)))
            .Select(t => t.Name)
            .Order()
            .ShouldBe(Errors.Select(row => row.Data.Item1.GetType().Name).Order());

    [Fact]
    public async Task Errors_carry_the_data_to_act_on()
    {
        _node.Main.Failure = new RevisionMismatchException("/a", 3, 4);
        (await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 412, "revision-mismatch")).Current.ShouldBe(4);
        _node.Main.Failure = new TooLateException(1, 7);
        (await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 410, "too-late")).Oldest.ShouldBe(7);
        _node.Main.Failure = new NoQuorumException("main", "2 of 3", ["n2", "n3"]);
        (await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 503, "no-quorum")).Missing.ShouldBe(["n2", "n3"]);
        _node.Main.Failure = new OutcomeUnknownException(Id, "late");
        (await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 504, "outcome-unknown")).RequestId.ShouldBe(Id);
        _node.Main.Failure = new StoreFullException("/a", 90, 100);
        Problem full = await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 507, "store-full");
        (full.Path, full.Used, full.Limit).ShouldBe(("/a", 90, 100));
        _node.Main.Failure = new RequestTooOldException(Id, 7);
        Problem old = await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 504, "request-too-old");
        (old.RequestId, old.Current).ShouldBe((Id, 7));
        _node.Main.Failure = new SessionFullException(7);
        Problem session = await ProblemOf(await Put("/v1/main/tree/a?rev=3"), 409, "session-full");
        (session.Session, session.Limit).ShouldBe((7, 4096));
    }

    [Fact]
    public void Bodies_under_way_are_limited_in_bytes_and_one_always_fits()
    {
        var budget = new BodyBudget(100);
        using (budget.Take(300))
            Should.Throw<OverloadedException>(() => budget.Take(1)).Limit.ShouldBe(100);
        BodyBudget.Share first = budget.Take(60);
        Should.Throw<OverloadedException>(() => budget.Take(60));
        using (budget.Take(40))
            Should.Throw<OverloadedException>(() => budget.Take(1));
        first.Dispose();
        budget.Take(100).Dispose();
    }

    [Fact]
    public async Task What_nobody_foresaw_is_unknown_for_a_write_and_unavailable_for_a_read()
    {
        _node.Main.Failure = new TimeoutException("late");
        HttpResponseMessage put = await _node.Send(HttpMethod.Put, "/v1/main/tree/a?rev=3", "x", Id);
        (await ProblemOf(put, 504, "outcome-unknown")).RequestId.ShouldBe(Id);
        await ProblemOf(await _node.Send(HttpMethod.Get, "/v1/main/tree/a"), 503, "node-unavailable");
    }

    [Theory]
    [InlineData("tree//", "invalid-path")]
    [InlineData("tree//a", "invalid-path")]
    [InlineData("tree/a//b", "invalid-path")]
    [InlineData("tree/a/", "invalid-path")]
    [InlineData("tree/a%20b", "invalid-path")]
    [InlineData("tree/%2Fa", "invalid-path")]
    [InlineData("tree/a%2F%2fb", "invalid-path")]
    [InlineData("tree/a%2F..%2Fb", "invalid-path")]
    [InlineData("tree/a%252Fb", "invalid-path")]
    [InlineData("tree/%C3%A4", "invalid-path")]
    [InlineData("tree/%FF", "invalid-path")]
    [InlineData("tree/a%zz", "invalid-path")]
    [InlineData("tree/a+b", "invalid-path")]
    [InlineData("tree/a/../b", "invalid-path")]
    [InlineData("tree/a/%2e%2e/b", "invalid-path")]
    [InlineData("tree/./b", "invalid-path")]
    [InlineData("../main/tree/b", "invalid-path")]
    [InlineData("tree/..", "invalid-path")]
    [InlineData("tree/../tree/b", "invalid-path")]
    [InlineData("tree/.%2E/rev", "invalid-path")]
    [InlineData("%74ree/b", "invalid-path")]
    public async Task A_path_reaches_validation_as_it_was_spelled(string url, string code)
    {
        foreach (string method in new[] { "GET", "PUT", "DELETE" })
        {
            string answer = await _node.SendRaw($"{method} /v1/main/{url}?rev=1");
            answer.ShouldStartWith("HTTP/1.1 400");
            answer.ShouldContain($"\"code\":\"{code}\"");
        }
    }

    [Fact]
    public async Task What_the_web_server_cannot_read_is_refused_with_an_empty_body()
    {
        foreach (string line in new[] { "PUT /v1/main/tree/a%00b?rev=1", "GET" })
        {
            string answer = await _node.SendRaw(line);
            answer.ShouldStartWith("HTTP/1.1 400");
            answer.ShouldContain("Content-Length: 0\r\n");
        }
    }

    [Fact]
    public async Task An_absolute_request_target_names_the_same_file()
    {
        await Put("/v1/main/tree/a?rev=0");
        (await _node.SendRaw("GET http://localhost/v1/main/tree/a")).ShouldStartWith("HTTP/1.1 200");
    }

    [Fact]
    public async Task A_path_over_1024_bytes_is_refused() =>
        await ProblemOf(await Put($"/v1/main/tree/{new string('a', 1024)}?rev=0"), 400, "invalid-path");

    [Theory]
    [InlineData("PUT", "/v1/main/tree/a", "invalid-argument")]
    [InlineData("DELETE", "/v1/main/tree/a", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=x", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=+1", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=%2B1", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=-0", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=99999999999999999999", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=9223372036854775807", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=1&rev=2", "invalid-argument")]
    [InlineData("PUT", "/v1/main/tree/a?rev=1&local", "invalid-argument")]
    [InlineData("DELETE", "/v1/main/tree/a?revision=1", "invalid-argument")]
    [InlineData("GET", "/v1/main/tree/a?rev=-2", "invalid-revision")]
    [InlineData("GET", "/v1/main/tree/a?revision=1", "invalid-argument")]
    [InlineData("GET", "/v1/main/tree/a?limit=1", "invalid-argument")]
    [InlineData("GET", "/v1/main/tree/a?stat&after=b", "invalid-argument")]
    [InlineData("GET", "/v1/main/rev?rev=1", "invalid-argument")]
    [InlineData("GET", "/v1/main/status?x", "invalid-argument")]
    [InlineData("GET", "/v1/main/snapshot?rev=1", "invalid-argument")]
    [InlineData("POST", "/v1/main/nop?rev=1", "invalid-argument")]
    [InlineData("POST", "/v1/main/leader?node=n1&node=n2", "invalid-argument")]
    [InlineData("GET", "/v1/self?x=1", "invalid-argument")]
    [InlineData("GET", "/v1/clustering/status?x=1", "invalid-argument")]
    [InlineData("GET", "/healthz?x=1", "invalid-argument")]
    [InlineData("GET", "/readyz?x", "invalid-argument")]
    [InlineData("GET", "/v1/main/wait?glob=/**&rev=9223372036854775807", "invalid-argument")]
    [InlineData("GET", "/v1/main/tree/a?rev=5", "future-revision")]
    [InlineData("GET", "/v1/main/tree/a?local=maybe", "invalid-argument")]
    [InlineData("GET", "/v1/main/tree/?dir=true&limit=0", "invalid-argument")]
    [InlineData("GET", "/v1/main/tree/?dir=true&limit=1001", "invalid-argument")]
    [InlineData("GET", "/v1/main/walk", "invalid-argument")]
    [InlineData("GET", "/v1/main/walk?glob=[", "invalid-glob")]
    [InlineData("GET", "/v1/main/wait?glob=/**&timeout=31", "invalid-argument")]
    [InlineData("GET", "/v1/main/wait?glob=/**&timeout=-1", "invalid-argument")]
    [InlineData("GET", "/v1/main/events", "invalid-argument")]
    [InlineData("GET", "/v1/main/events?glob=nonsense", "invalid-glob")]
    public async Task A_bad_parameter_is_named(string method, string url, string code) =>
        await ProblemOf(await _node.Send(new HttpMethod(method), url, method == "PUT" ? "x" : null), 400, code);

    [Fact]
    public async Task A_request_id_must_be_a_GUID()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/main/nop");
        request.Headers.Add(DoozerHeaders.RequestId, "seven");
        await ProblemOf(await _node.Client.SendAsync(request, TestContext.Current.CancellationToken), 400, "invalid-argument");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused_and_one_at_the_limit_is_not(bool chunked)
    {
        (int Extra, HttpStatusCode Status)[] cases = [(0, HttpStatusCode.OK), (1, HttpStatusCode.RequestEntityTooLarge)];
        foreach ((int extra, HttpStatusCode status) in cases)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/main/tree/a?rev=-1");
            request.Content = new ByteArrayContent(new byte[HttpNode.MaxBodyBytes + extra]);
            request.Headers.TransferEncodingChunked = chunked;
            HttpResponseMessage response = await _node.Client.SendAsync(request, TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(status);
        }

        _node.Main.Revision.ShouldBe(1);
    }

    [Fact]
    public async Task An_unknown_parameter_is_named()
    {
        Problem problem = await ProblemOf(
            await _node.Send(HttpMethod.Get, "/v1/main/tree/a?revision=1"), 400, "invalid-argument");
        problem.Detail.ShouldBe("The argument 'revision' is not valid: there is no such parameter here, only rev, local, dir, " +
            "stat, after, limit.");
    }

    [Theory]
    [InlineData("Content-Encoding", "gzip", 415)]
    [InlineData("Content-Range", "bytes 0-0/2", 400)]
    public async Task A_body_that_is_not_the_file_itself_is_refused(string header, string value, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/main/tree/a?rev=-1");
        request.Content = new ByteArrayContent([1]);
        request.Content.Headers.Add(header, value);
        await ProblemOf(await _node.Client.SendAsync(request, TestContext.Current.CancellationToken), status, "invalid-request");
        _node.Main.Revision.ShouldBe(0);
    }

    [Theory]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1", "If-Match", "*")]
    [InlineData("PUT", "/v1/main/tree/a?rev=-1", "If-None-Match", "*")]
    [InlineData("DELETE", "/v1/main/tree/a?rev=-1", "If-Unmodified-Since", "Sat, 28 Nov 2026 00:00:00 GMT")]
    [InlineData("POST", "/v1/main/nop", "If-Match", "\"1\"")]
    [InlineData("POST", "/v1/main/sessions", "If-None-Match", "*")]
    [InlineData("PUT", "/v1/main/sessions/1", "If-Match", "*")]
    public async Task A_condition_of_HTTP_is_refused_rather_than_passed_over(
        string method, string url, string header, string value)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        request.Headers.Add(header, value);
        await ProblemOf(
            await _node.Client.SendAsync(request, TestContext.Current.CancellationToken), 400, "invalid-argument");
        _node.Main.Revision.ShouldBe(0);
    }

    [Theory]
    [InlineData("/nothing/here.txt")]
    [InlineData("/v1/main/nothing")]
    public async Task An_unknown_url_is_a_problem_too(string url) =>
        await ProblemOf(await _node.Send(HttpMethod.Get, url), 404, "unknown-url");

    [Theory]
    [InlineData("POST", "/v1/main/tree/a", "DELETE, GET, HEAD, PUT")]
    [InlineData("GET", "/v1/main/nop", "POST")]
    [InlineData("GET", "/v1/main/leader", "POST")]
    [InlineData("HEAD", "/v1/main/rev", "GET")]
    [InlineData("OPTIONS", "/healthz", "GET, HEAD")]
    public async Task Another_method_is_told_which_there_are(string method, string url, string allowed)
    {
        using HttpResponseMessage response = await _node.Send(new HttpMethod(method), url);
        response.Content.Headers.Allow.Order().ShouldBe(allowed.Split(", "));
        if (method == "HEAD")
            response.StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        else
            await ProblemOf(response, 405, "method-not-allowed");
    }

    private Task<HttpResponseMessage> Put(string url) => _node.Send(HttpMethod.Put, url, "x");

    private static async Task<Problem> ProblemOf(HttpResponseMessage response, int status, string code)
    {
        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        Problem? problem = await response.Content.ReadFromJsonAsync(
            DoozerJson.Default.Problem, TestContext.Current.CancellationToken);
        problem!.Status.ShouldBe(status);
        problem.Code.ShouldBe(code);
        problem.Detail.ShouldNotBeNullOrWhiteSpace();
        return problem;
    }
}
