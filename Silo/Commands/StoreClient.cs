using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>
/// Calls a store over HTTP at one of several addresses. A write keeps its request id over all attempts, so it is done at most
/// once however often it is sent.
/// </summary>
internal sealed class StoreClient : IDisposable
{
    /// <summary>Longer than a node's own request timeout, so that the node gets to say what happened.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Bodies over this ask first, so that one over the node's limit is refused before it is sent.</summary>
    private const int AskFirstBytes = 256 * 1024;

    private readonly Uri[] _addresses;
    private readonly string _namespace;
    private readonly HttpClient _http;
    private int _current;

    public StoreClient(Uri[] addresses, string @namespace)
    {
        _addresses = addresses;
        _namespace = Uri.EscapeDataString(@namespace);
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, UseProxy = false, AllowAutoRedirect = false };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>The address of the last answer.</summary>
    public Uri Address => _addresses[_current];

    public void Dispose() => _http.Dispose();

    /// <summary>The URL of a file, relative to the namespace.</summary>
    public static string Tree(string path)
    {
        if (!path.StartsWith('/'))
            throw new CommandFailure($"The path '{path}' is not valid: it must begin with '/'.");
        string[] names = path.Split('/');

        // No URL can say them: whatever is on the way would resolve them, and another page would answer.
        if (Array.Find(names, name => name is "." or "..") is { } dots)
            throw new CommandFailure($"The path '{path}' is not valid: the name '{dots}' is not allowed.");
        return "tree" + string.Join('/', names.Select(Uri.EscapeDataString));
    }

    /// <summary>Reads JSON from the namespace.</summary>
    public async Task<T> Read<T>(string url, JsonTypeInfo<T> type, TimeSpan? wait, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(HttpMethod.Get, url, null, null, wait, cancellation);
        return await ReadJson(response, type, cancellation);
    }

    /// <summary>Reads the bytes of a file.</summary>
    public async Task<byte[]> ReadBytes(string url, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(HttpMethod.Get, url, null, null, null, cancellation);

        // Any web server has something to say at any path.
        return response.Headers.Contains(DoozerHeaders.Revision)
            ? await response.Content.ReadAsByteArrayAsync(cancellation)
            : throw NoNode();
    }

    /// <summary>Copies what may be large, as it comes.</summary>
    public async Task Download(string url, Stream destination, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(
            HttpMethod.Get, url, null, null, null, cancellation, HttpCompletionOption.ResponseHeadersRead);
        await using Stream source = await response.Content.ReadAsStreamAsync(cancellation);
        try
        {
            await source.CopyToAsync(destination, cancellation);
        }
        catch (IOException exception) when (exception is HttpIOException || exception.InnerException is SocketException)
        {
            throw new CommandFailure($"{Address} broke off: {exception.Message}");
        }
    }

    /// <summary>Writes, and returns the revision of the write.</summary>
    public async Task<long> Write(HttpMethod method, string url, byte[]? body, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(method, url, body, Guid.NewGuid(), null, cancellation);
        return (await ReadJson(response, DoozerJson.Default.WriteResult, cancellation)).Revision;
    }

    /// <summary>Asks for something that answers nothing and does no harm when it is asked for again.</summary>
    public async Task Do(string url, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(HttpMethod.Post, url, null, null, null, cancellation);
        if (response.StatusCode != HttpStatusCode.NoContent)
            throw NoNode();
    }

    private async Task<HttpResponseMessage> Send(
        HttpMethod method,
        string url,
        byte[]? body,
        Guid? requestId,
        TimeSpan? wait,
        CancellationToken cancellation,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead)
    {
        AttemptFailure told = default;
        for (int attempt = 0; attempt < _addresses.Length; attempt++)
        {
            if (attempt > 0)
                _current = (_current + 1) % _addresses.Length;
            AttemptFailure failure;
            using HttpRequestMessage request = Request(method, url, body, requestId);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            timeout.CancelAfter(CallTimeout + (wait ?? TimeSpan.Zero));
            try
            {
                HttpResponseMessage response = await _http.SendAsync(request, completion, timeout.Token);
                if (response.IsSuccessStatusCode)
                    return response;

                using (response)
                    failure = await FailureToTryElsewhere(response, requestId is not null, told.Telling, timeout.Token);
            }
            catch (HttpRequestException exception)
            {
                bool neverArrived = exception.HttpRequestError
                    is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError;
                failure = new($"{Address} {Reason(exception)}", NoAnswer(mayBeDone: requestId is not null && !neverArrived));
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                failure = new($"{Address} did not answer in time.", NoAnswer(mayBeDone: requestId is not null));
            }

            if (failure.Telling >= told.Telling)
                told = failure;
        }

        // One node's "not done" does not undo what an earlier one may have done.
        string open = $"It is not known whether the write {requestId} was done";
        bool isSaid = told.Telling != Telling.MayBeDone || told.Text.StartsWith(open, StringComparison.Ordinal);
        throw new StoreUnavailable(isSaid ? told.Text : $"{open}: {told.Text}");
    }

    private static Telling NoAnswer(bool mayBeDone) => mayBeDone ? Telling.MayBeDone : Telling.NoAnswer;

    /// <summary>What a node said that another may say otherwise.</summary>
    /// <exception cref="CommandFailure">All nodes would say the same.</exception>
    private async Task<AttemptFailure> FailureToTryElsewhere(
        HttpResponseMessage response, bool isWrite, Telling told, CancellationToken cancellation)
    {
        Problem? problem = await ReadProblem(response, cancellation);
        string text = problem?.Detail ?? $"{Address} answered {(int)response.StatusCode} {response.ReasonPhrase}.";
        if (!MayWorkElsewhere(response.StatusCode) && (told != Telling.MayBeDone || IsOfLog(problem?.Code)))
        {
            throw new CommandFailure(
                text, problem?.Code == "revision-mismatch" ? ExitCode.RevisionMismatch : ExitCode.Failure);
        }

        return new AttemptFailure(text, (isWrite, response.StatusCode, problem) switch
        {
            (true, HttpStatusCode.GatewayTimeout, _) => Telling.MayBeDone,
            (_, _, null) => Telling.NoAnswer,
            (_, _, { Code: "node-unavailable" }) => Telling.Unavailable,
            _ => Telling.Refusal,
        });
    }

    private static bool MayWorkElsewhere(HttpStatusCode status) =>
        status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.MisdirectedRequest;

    private static string Reason(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded =>
            "gave no whole answer in HTTP. It may have just stopped, or be the port of a silo or a gateway: HTTP has one of " +
            "its own, 8000 by default.",
        HttpRequestError.SecureConnectionError =>
            $"gives no TLS connection ({exception.GetBaseException().Message.TrimEnd('.')}); a node itself has only http://.",
        _ => $"cannot be reached: {exception.Message}",
    };

    /// <summary>
    /// Whether an answer to a write comes from the log. Others are a node's own refusal, and say nothing of what an earlier
    /// attempt did elsewhere.
    /// </summary>
    private static bool IsOfLog(string? code) =>
        code is "revision-mismatch" or "not-found" or "is-directory" or "not-directory" or "store-full" or "request-id-reused";

    private HttpRequestMessage Request(HttpMethod method, string url, byte[]? body, Guid? requestId)
    {
        // The server must see the path as it was typed; the Uri class would fold dot segments away.
        var uri = new Uri(
            $"{Address.GetLeftPart(UriPartial.Authority)}/v1/{(url.StartsWith('/') ? url[1..] : $"{_namespace}/{url}")}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, uri);
        if (requestId is { } id)
            request.Headers.Add(DoozerHeaders.RequestId, id.ToString());
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Headers.ExpectContinue = body.Length > AskFirstBytes;
        }

        return request;
    }

    private Task<Problem?> ReadProblem(HttpResponseMessage response, CancellationToken cancellation) =>
        response.Content.Headers.ContentType?.MediaType == Problem.ContentType
            ? ReadJson<Problem?>(response, DoozerJson.Default.Problem!, cancellation)
            : Task.FromResult<Problem?>(null);

    private async Task<T> ReadJson<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellation) ?? throw NoNode();
        }
        catch (JsonException)
        {
            throw NoNode();
        }
    }

    private CommandFailure NoNode() => new($"{Address} is no doozer node: its answer is not that of one.");

    /// <summary>How much a failure tells of what became of the request. Of several the most telling one is reported.</summary>
    private enum Telling
    {
        /// <summary>No node answered.</summary>
        NoAnswer,

        /// <summary>A node said that it does not serve now; it starts or stops.</summary>
        Unavailable,

        /// <summary>A node that serves said why it could not do it.</summary>
        Refusal,

        /// <summary>The write may be done.</summary>
        MayBeDone,
    }

    private readonly record struct AttemptFailure(string Text, Telling Telling);
}
