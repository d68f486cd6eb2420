using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace Orleans.Client;

/// <summary>
/// The client's connections to all gateways it knows of. Calls whose order matters go by the grain's hash, always through the same gateway while
/// that lives; those of stateless workers go round. A broken gateway's calls fail at once; it is tried again in the background.
/// </summary>
internal sealed partial class Gateways(
    IGatewayListProvider provider,
    IClientConnectionRetryFilter retryFilter,
    IOptions<GatewayOptions> options,
    IOptions<ClientMessagingOptions> messaging,
    IOptions<ConnectionOptions> connections,
    IOptions<ClusterOptions> cluster,
    TimeProvider time,
    ILogger<Gateways> logger)
{
    private readonly Connector _connector = new(connections.Value, cluster.Value.ClusterId, cluster.Value.ServiceId, null);
    private readonly ConcurrentDictionary<IPEndPoint, Connection> _known = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private IConnectionHandler _handler = null!;
    private volatile Connection[] _open = [];
    private volatile HashSet<uint> _unordered = [];
    private volatile IPEndPoint[] _listed = [];
    private ITimer? _callCheck;
    private int _turn;

    public async Task StartAsync(IConnectionHandler handler, CancellationToken token)
    {
        _handler = handler;
        await provider.InitializeGatewayListProvider();
        while (true)
        {
            try
            {
                await RefreshListAsync();
                await ConnectFirstAsync(token);
                break;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (!await retryFilter.ShouldRetryConnectionAttempt(e, token))
                {
                    throw;
                }
            }
        }

        _callCheck = time.CreateTimer(_ => ExpireCalls(), null, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100));
        _ = ReconnectLoopAsync();
        _ = RefreshLoopAsync();
    }

    public void Stop()
    {
        _stopping.Cancel();
        _callCheck?.Dispose();
        foreach (var connection in _known.Values)
        {
            connection.Close(new SiloUnavailableException("The client has stopped."), flush: true);
        }
    }

    public Connection Choose(uint interfaceId, GrainId grainId)
    {
        var open = _open;
        if (open.Length == 0)
        {
            throw new SiloUnavailableException($"No gateway can be reached; known: {string.Join(", ", _listed.AsEnumerable())}.");
        }

        if (_unordered.Contains(interfaceId))
        {
            return open[(uint)Interlocked.Increment(ref _turn) % open.Length];
        }

        var preferred = options.Value.PreferredGatewayIndex;
        return open[preferred >= 0 && preferred < open.Length ? (uint)preferred : grainId.GetUniformHashCode() % (uint)open.Length];
    }

    public void OnClosed(Connection connection)
    {
        foreach (var pair in _known)
        {
            if (ReferenceEquals(pair.Value, connection))
            {
                _known.TryRemove(pair);
            }
        }

        UpdateOpen();
    }

    /// <summary>Connects to all listed gateways; returns with the first that answers, and throws when none does.</summary>
    private async Task ConnectFirstAsync(CancellationToken token)
    {
        var attempts = _listed.Where(endpoint => !_known.ContainsKey(endpoint)).Select(ConnectAsync).ToList();
        while (_open.Length == 0 && attempts.Count > 0)
        {
            attempts.Remove(await Task.WhenAny(attempts).WaitAsync(token));
        }

        if (_open.Length == 0)
        {
            throw new ConnectionFailedException(_listed.Length == 0
                ? "The list of gateways is empty."
                : $"None of the gateways {string.Join(", ", _listed.AsEnumerable())} can be reached.");
        }
    }

    private async Task ConnectAsync(IPEndPoint endpoint)
    {
        var target = SiloAddress.New(endpoint, 0);
        var connection = new Connection(_handler, messaging.Value.MaxMessageBodySize) { Remote = target };
        if (!_known.TryAdd(endpoint, connection))
        {
            return;
        }

        if (await _connector.ConnectAsync(connection, target) is { } welcome)
        {
            lock (_gate)
            {
                _unordered = [.. _unordered, .. welcome.UnorderedInterfaces];
            }

            UpdateOpen();
            LogConnected(endpoint, welcome.Silo);
        }

        if (_stopping.IsCancellationRequested)
        {
            connection.Close(new SiloUnavailableException("The client has stopped."));
        }
    }

    private void UpdateOpen()
    {
        lock (_gate)
        {
            _open = [.. _known.Where(pair => pair.Value.IsOpen).OrderBy(pair => pair.Key.ToString(), StringComparer.Ordinal)
                .Select(pair => pair.Value)];
        }
    }

    private async Task RefreshListAsync()
    {
        var uris = await provider.GetGateways();
        var listed = new List<IPEndPoint>();
        foreach (var uri in uris)
        {
            if (IPEndPoint.TryParse(uri.Authority, out var endpoint))
            {
                listed.Add(endpoint);
            }
        }

        _listed = [.. listed.Distinct()];
    }

    private async Task ReconnectLoopAsync()
    {
        using var timer = new PeriodicTimer(connections.Value.ConnectionRetryDelay, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach (var endpoint in _listed)
                {
                    if (!_known.ContainsKey(endpoint))
                    {
                        _ = ConnectAsync(endpoint);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task RefreshLoopAsync()
    {
        using var timer = new PeriodicTimer(options.Value.GatewayListRefreshPeriod, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                try
                {
                    await RefreshListAsync();
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogRefreshFailed(e.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void ExpireCalls()
    {
        var now = time.GetTimestamp();
        foreach (var connection in _known.Values)
        {
            connection.Calls.Expire(now);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the gateway {Gateway} of {Silo}.")]
    private partial void LogConnected(IPEndPoint gateway, SiloAddress silo);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The list of gateways could not be refreshed: {Reason}")]
    private partial void LogRefreshFailed(string reason);
}

/// <summary>Gateways from the client's options.</summary>
internal sealed class StaticGatewayListProvider(
    IOptions<StaticGatewayListProviderOptions> gateways, IOptions<GatewayOptions> options) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => options.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public Task<IList<Uri>> GetGateways() => Task.FromResult<IList<Uri>>(gateways.Value.Gateways);
}
