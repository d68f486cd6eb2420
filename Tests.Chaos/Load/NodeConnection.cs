namespace Doozer.Chaos.Load;

/// <summary>Sends single attempts to nodes over HTTP. It repeats nothing: that is the client's business.</summary>
internal sealed class NodeConnection : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectTimeout = TimeSpan.FromSeconds(1),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<Answer> Send(
        HttpMethod method, Uri address, byte[]? body, Guid? request, CancellationToken cancellation)
    {
        try
        {
            using var message = new HttpRequestMessage(method, address);
            if (body is not null)
                message.Content = new ByteArrayContent(body);
            if (request is { } id)
                message.Headers.Add("Doozer-Request-Id", id.ToString());
            using HttpResponseMessage response = await _http.SendAsync(message, cancellation);
            byte[] content = await response.Content.ReadAsByteArrayAsync(cancellation);
            return Answer.Of(
                new HttpAnswer(
                    response.StatusCode,
                    content,
                    Header(response, "Doozer-Revision") ?? 0,
                    Header(response, "Doozer-Tree-Revision")));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return Answer.None(exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static long? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) && long.TryParse(values.First(), out long value)
            ? value
            : null;
}
