using System.Globalization;
using System.Net;
using System.Net.Sockets;
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

    private readonly Uri[] _addresses;
    private readonly string _namespace;
    private readonly HttpClient _http;
    private int _current;

    public StoreClient(Uri[] addresses, string @namespace)
    {
        _addresses = addresses;
        _namespace = @namespace;
        _http = StoreRequest.Client();
    }

    /// <summary>Which namespace.</summary>
    public string Namespace => _namespace;

    /// <summary>Where the store is.</summary>
    public IReadOnlyList<Uri> Addresses => _addresses;

    /// <summary>The address of the last answer.</summary>
    public Uri Address => _addresses[_current];

    public void Dispose() => _http.Dispose();

    /// <summary>What makes a namespace, relative to its URL.</summary>
    public static string Creation(int replicas) => replicas == 0 ? "" : $"?replicas={replicas}";

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

    /// <summary>Reads a file.</summary>
    public async Task<FileContent> ReadFile(string url, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(HttpMethod.Get, url, null, null, null, cancellation);

        // Any web server has something to say at any path.
        long revision = Number(response, DoozerHeaders.Revision) ?? throw NoNode();
        return new FileContent(
            revision,
            await response.Content.ReadAsByteArrayAsync(cancellation),
            Number(response, DoozerHeaders.TreeRevision) ?? revision,
            Number(response, DoozerHeaders.Session) ?? 0);
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
    public async Task<long> Write(HttpMethod method, string url, byte[]? body, CancellationToken cancellation) =>
        (await Write(method, url, body, DoozerJson.Default.WriteResult, cancellation)).Revision;

    /// <summary>Writes something that is answered by more than a revision.</summary>
    public async Task<T> Write<T>(
        HttpMethod method, string url, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(method, url, body, Guid.NewGuid(), null, cancellation);
        return await ReadJson(response, type, cancellation);
    }

    /// <summary>Asks for something that answers nothing and does no harm when it is asked for again.</summary>
    public async Task Do(HttpMethod method, string url, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await Send(method, url, null, null, null, cancellation);
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
            using HttpRequestMessage request = StoreRequest.Create(Address, _namespace, method, url, body, requestId);
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
                bool mayBeDone = requestId is not null && !StoreRequest.NeverArrived(exception);
                failure = new($"{Address} {StoreRequest.Reason(exception)}", NoAnswer(mayBeDone));
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                failure = new($"{Address} did not answer in time.", NoAnswer(mayBeDone: requestId is not null));
            }

            if (failure.Telling >= told.Telling)
                told = failure;
        }

        // One node's "not done" does not undo what an earlier one may have done.
        bool isSaid = told.Telling != Telling.MayBeDone || told.SaysSo;
        throw new StoreUnavailable(isSaid ? told.Text : StoreErrors.Unknown(requestId!.Value) + told.Text);
    }

    private static Telling NoAnswer(bool mayBeDone) => mayBeDone ? Telling.MayBeDone : Telling.NoAnswer;

    /// <summary>What a node said that another may say otherwise.</summary>
    /// <exception cref="CommandFailure">All nodes would say the same.</exception>
    private async Task<AttemptFailure> FailureToTryElsewhere(
        HttpResponseMessage response, bool isWrite, Telling told, CancellationToken cancellation)
    {
        Problem? problem = await StoreRequest.ReadProblem(response, Address, cancellation);
        string text = problem?.Detail ?? $"{Address} answered {(int)response.StatusCode} {response.ReasonPhrase}.";
        if (!MayWorkElsewhere(response.StatusCode, problem) && (told != Telling.MayBeDone || IsOfLog(problem?.Code)))
        {
            throw new StoreRefusal(text, problem);
        }

        return new AttemptFailure(text, (isWrite, response.StatusCode, problem) switch
        {
            (true, HttpStatusCode.GatewayTimeout, _) => Telling.MayBeDone,
            (_, _, null) => Telling.NoAnswer,
            (_, _, { Code: "node-unavailable" }) => Telling.Unavailable,
            _ => Telling.Refusal,
        })
        {
            SaysSo = problem?.Code is "outcome-unknown" or "request-too-old",
        };
    }

    // Each node has a disk of its own.
    private static bool MayWorkElsewhere(HttpStatusCode status, Problem? problem) =>
        problem is { Code: "disk-full" }
        || status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.MisdirectedRequest;

    /// <summary>
    /// Whether an answer to a write comes from the log. Others are a node's own refusal, and say nothing of what an earlier
    /// attempt did elsewhere.
    /// </summary>
    private static bool IsOfLog(string? code) =>
        code is "revision-mismatch" or "not-found" or "is-directory" or "not-directory" or "store-full" or "request-id-reused"
            or "session-expired" or "session-full" or "namespace-exists";

    private Task<T> ReadJson<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        StoreRequest.ReadJson(response, Address, type, cancellation);

    private static long? Number(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out IEnumerable<string>? values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    private CommandFailure NoNode() => StoreRequest.NoNode(Address);

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

    private readonly record struct AttemptFailure(string Text, Telling Telling)
    {
        /// <summary>Whether the text says itself that it is not known what became of a write.</summary>
        public bool SaysSo { get; init; }
    }
}
