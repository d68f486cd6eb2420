using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Doozer.Client.Clustering;

/// <summary>
/// Asks the peers for the gateways: first the one that answered last, then the others it has heard of. While none answers it
/// keeps to the last list.
/// </summary>
internal sealed partial class PeerGatewayListProvider : IGatewayListProvider, IDisposable
{
    private const string Path = "/v1/clustering/gateways";
    private const int MaxLearned = 32;
    private const int MaxAnswerBytes = 1 << 20;

    private readonly QuorumClusteringClientOptions _options;
    private readonly string _cluster;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient _http;
    private readonly Lock _gate = new();
    private List<Uri> _addresses;
    private IList<Uri> _last = [];

    public PeerGatewayListProvider(
        IOptions<QuorumClusteringClientOptions> options,
        IOptions<ClusterOptions> cluster,
        TimeProvider time,
        ILogger<PeerGatewayListProvider> logger)
    {
        _options = options.Value;
        _cluster = cluster.Value.ClusterId;
        _time = time;
        _logger = logger;
        _addresses = [.. _options.Addresses];
        var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectTimeout = _options.RequestTimeout };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxAnswerBytes };
    }

    public TimeSpan MaxStaleness => _options.RefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    /// <exception cref="HttpRequestException">None of the peers answers, and none ever has.</exception>
    public async Task<IList<Uri>> GetGateways()
    {
        Uri[] addresses;
        lock (_gate)
            addresses = [.. _addresses];
        var failures = new List<string>();
        foreach (Uri address in addresses)
        {
            try
            {
                GatewayList list = await Ask(address);
                lock (_gate)
                    Learn(address, list.Peers);
                return _last = [.. list.Gateways.Select(gateway => new Uri(gateway))];
            }
            catch (Exception exception)
                when (exception is HttpRequestException or IOException or OperationCanceledException or JsonException
                    or FormatException or NotSupportedException)
            {
                failures.Add($"{address}: {(exception is OperationCanceledException ? "no answer in time" : exception.Message)}");
            }
        }

        string reasons = string.Join("; ", failures);
        if (_last.Count == 0)
            throw new HttpRequestException($"None of the cluster's peers tells its gateways: {reasons}");
        LogKeeps(reasons);
        return _last;
    }

    public void Dispose() => _http.Dispose();

    private async Task<GatewayList> Ask(Uri address)
    {
        using var limit = new CancellationTokenSource(_options.RequestTimeout, _time);
        using HttpResponseMessage response = await _http.GetAsync(new Uri(address, Path), limit.Token);
        response.EnsureSuccessStatusCode();
        GatewayList? list = await response.Content.ReadFromJsonAsync(GatewayJson.Default.GatewayList, limit.Token);
        if (list is not { Gateways: not null, Peers: not null })
            throw new JsonException("The answer is not a list of gateways.");
        if (list.Cluster != _cluster)
        {
            throw new FormatException($"The peer belongs to cluster '{list.Cluster}', not '{_cluster}'; set " +
                "ClusterOptions.ClusterId or the addresses right.");
        }

        return list;
    }

    // The one that answered goes first: while it lives, no time is lost on those that do not.
    private void Learn(Uri answered, IReadOnlyList<string> peers)
    {
        List<Uri> next = [answered, .. _options.Addresses];
        foreach (string peer in peers)
        {
            if (next.Count < MaxLearned + _options.Addresses.Count
                && Uri.TryCreate(peer, UriKind.Absolute, out Uri? address)
                && address.Scheme is "http" or "https")
            {
                next.Add(address);
            }
        }

        _addresses = [.. next.Distinct()];
    }

    [LoggerMessage(301, LogLevel.Warning, "The list of gateways stays as it was, for no peer tells a new one: {Reasons}")]
    private partial void LogKeeps(string reasons);

    internal sealed record GatewayList(string Cluster, IReadOnlyList<string> Gateways, IReadOnlyList<string> Peers);

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(GatewayList))]
    internal sealed partial class GatewayJson : JsonSerializerContext;
}
