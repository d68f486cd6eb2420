using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>One request to one node over HTTP, and what its answer says.</summary>
internal static class StoreRequest
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Bodies over this ask first, so that one over the node's limit is refused before it is sent.</summary>
    private const int AskFirstBytes = 256 * 1024;

    public static HttpClient Client()
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = ConnectTimeout, UseProxy = false, AllowAutoRedirect = false };
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Makes a request.</summary>
    /// <param name="address">Of the node.</param>
    /// <param name="namespace">Which namespace.</param>
    /// <param name="method">The method.</param>
    /// <param name="url">
    /// Relative to the namespace, and empty for the namespace itself; beginning with a slash, to <c>/v1</c>.
    /// </param>
    /// <param name="body">The body, if it has one.</param>
    /// <param name="requestId">Of a write: its identity.</param>
    /// <param name="floor">Of a write: a revision that was known before it was first sent, if one was.</param>
    public static HttpRequestMessage Create(
        Uri address, string @namespace, HttpMethod method, string url, byte[]? body, Guid? requestId, long? floor = null)
    {
        // The server must see the path as it was typed; the Uri class would fold dot segments away.
        string path = url.StartsWith('/') ? url[1..] : $"{Uri.EscapeDataString(@namespace)}/{url}".TrimEnd('/');
        var uri = new Uri(
            $"{address.GetLeftPart(UriPartial.Authority)}/v1/{path}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, uri);
        if (requestId is { } id)
            request.Headers.Add(DoozerHeaders.RequestId, id.ToString());
        if (floor is { } known)
            request.Headers.Add(DoozerHeaders.RequestFloor, known.ToString());
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Headers.ExpectContinue = body.Length > AskFirstBytes;
        }

        return request;
    }

    /// <summary>Whether a request that failed can have done nothing.</summary>
    public static bool NeverArrived(HttpRequestException exception) =>
        exception.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            or HttpRequestError.SecureConnectionError;

    /// <summary>Why there is no answer, as what the address is said to do.</summary>
    public static string Reason(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded =>
            "gave no whole answer in HTTP. It may have just stopped, or be the port of a silo or a gateway: HTTP has one of " +
            "its own, 8000 by default.",
        HttpRequestError.SecureConnectionError =>
            $"gives no TLS connection ({exception.GetBaseException().Message.TrimEnd('.')}); a node itself has only http://.",
        _ => $"cannot be reached: {exception.Message}",
    };

    /// <summary>What a node says is wrong, or null when it says nothing that is known here.</summary>
    public static Task<Problem?> ReadProblem(HttpResponseMessage response, Uri address, CancellationToken cancellation) =>
        response.Content.Headers.ContentType?.MediaType == Problem.ContentType
            ? ReadJson<Problem?>(response, address, DoozerJson.Default.Problem!, cancellation)
            : Task.FromResult<Problem?>(null);

    public static async Task<T> ReadJson<T>(
        HttpResponseMessage response, Uri address, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellation) ?? throw NoNode(address);
        }
        catch (JsonException)
        {
            throw NoNode(address);
        }
    }

    public static CommandFailure NoNode(Uri address) => new($"{address} is no doozer node: its answer is not that of one.");
}
