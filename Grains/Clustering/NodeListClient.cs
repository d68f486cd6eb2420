using System.Net.Http.Headers;
using System.Text.Json;

namespace Doozer.Clustering;

/// <summary>Has a node change the list of nodes.</summary>
internal sealed class NodeListClient(string? secret) : IDisposable
{
    private const int MaxAnswerBytes = 256 << 10;
    private const int MaxAttempts = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly MessageSeal _seal = new(secret);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
    })
    {
        Timeout = Patience,
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    /// <summary>
    /// Has a node change the list that there is now: so a request that somebody has recorded changes no later one.
    /// </summary>
    /// <inheritdoc cref="Send"/>
    public async Task<NodeListAnswer> Change(Uri address, NodeChangeRequest request, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            NodeListAnswer now = await Send(
                address, new NodeChangeRequest(NodeChangeRequest.Refresh, Guid.NewGuid()), cancellation);
            try
            {
                NodeChangeRequest change = request with
                {
                    Nonce = Guid.NewGuid(),
                    Epoch = now.List.Epoch,
                    Cluster = now.Cluster,
                };
                return await Send(address, change, cancellation);
            }
            catch (NodeListChangedException) when (attempt < MaxAttempts)
            {
            }
        }
    }

    /// <summary>Asks a node.</summary>
    /// <exception cref="NodeChangeException">It refuses, or is no such node.</exception>
    /// <exception cref="ClusteringException">It cannot do it now.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public async Task<NodeListAnswer> Send(Uri address, NodeChangeRequest request, CancellationToken cancellation)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, ClusteringJson.Default.NodeChangeRequest);
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(address, NodeEndpoints.Path))
        {
            Content = new ByteArrayContent(body),
        };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (_seal.SignChange(body) is { } signature)
            message.Headers.Add(MessageSeal.Header, signature);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(message, cancellation);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellation);
            int status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
                throw Refusal(address, status, answer);
            string? signed = response.Headers.TryGetValues(MessageSeal.Header, out IEnumerable<string>? values)
                ? values.First()
                : null;
            if (!_seal.VerifyAnswer(request.Nonce, status, answer, signed))
                throw new NodeChangeException($"The answer of {address} is not signed with the cluster secret given here.");
            NodeListAnswer? known = JsonSerializer.Deserialize(answer, ClusteringJson.Default.NodeListAnswer);
            return known is { IsWhole: true } ? known : throw NoNode(address);
        }
        catch (JsonException)
        {
            throw NoNode(address);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ClusteringException($"{address} does not answer within {Patience.TotalSeconds:0} s.");
        }
    }

    public void Dispose() => _http.Dispose();

    private static Exception Refusal(Uri address, int status, byte[] answer)
    {
        PeerRefusal? refusal = JsonSerializer.Deserialize(answer, ClusteringJson.Default.PeerRefusal);
        if (refusal is not { Code: not null, Detail: not null })
            return NoNode(address);
        if (status == PeerRefusal.UnavailableStatus)
            return new ClusteringException(refusal.Detail);
        return refusal.Code == PeerRefusal.ListChanged
            ? new NodeListChangedException(refusal.Detail)
            : new NodeChangeException(refusal.Detail);
    }

    private static NodeChangeException NoNode(Uri address) =>
        new($"{address} is no node that nodes can join: its answer is not that of one.");
}
