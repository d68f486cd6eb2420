using System.Net;
using System.Net.Http.Headers;

namespace Doozer.Clustering;

/// <summary>Peers over HTTP/1.1, by connections that stay open.</summary>
internal sealed class HttpPeerTransport : IPeerTransport, IDisposable
{
    public const string Path = "/v1/clustering/peer";
    private static readonly MediaTypeHeaderValue Binary = new("application/octet-stream");

    private readonly HttpClient _client;

    public HttpPeerTransport(TimeSpan connectTimeout)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = connectTimeout,

            // A name may lead elsewhere after a while.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        _client = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = PeerRequest.MaxBytes,
            DefaultRequestVersion = HttpVersion.Version11,
        };
    }

    public async Task<PeerReply> Post(Uri address, byte[] body, string? signature, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, Path))
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = Binary;
        if (signature is not null)
            request.Headers.Add(MessageSeal.Header, signature);
        using HttpResponseMessage response = await _client.SendAsync(request, cancellation);
        string? answerSignature = response.Headers.TryGetValues(MessageSeal.Header, out IEnumerable<string>? values)
            ? values.First()
            : null;
        return new PeerReply(
            (int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellation), answerSignature);
    }

    public async Task<bool> BreaksConnection(Uri address, Action heard, CancellationToken cancellation)
    {
        bool isOpen = false;
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(
                new Uri(address, PeerLiveness.Path), HttpCompletionOption.ResponseHeadersRead, cancellation);
            isOpen = response.IsSuccessStatusCode;
            if (!isOpen)
                return false;
            using Stream signs = await response.Content.ReadAsStreamAsync(cancellation);
            byte[] buffer = new byte[64];
            while (await signs.ReadAsync(buffer, cancellation) > 0)
                heard();
            return false;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return isOpen;
        }
    }

    public void Dispose() => _client.Dispose();
}
