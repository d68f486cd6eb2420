using System.Net;
using System.Collections.Concurrent;
using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Tests.Cluster;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Tests.Clustering;

/// <summary>Clustering nodes with real folders that speak to each other without a network.</summary>
internal sealed class TestPeers : IPeerTransport, IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("doozer-peers-").FullName;
    private readonly ILoggerFactory _loggers;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, TestPeer> _up = [];

    public TestPeers() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(Lines));

    public LogLines Lines { get; } = new();

    /// <summary>The peer that a request to this address reaches, other than by its number.</summary>
    public Dictionary<int, int> Rerouted { get; } = [];

    /// <summary>Gates of peers whose parts a test has put together itself, by their numbers.</summary>
    public Dictionary<int, PeerGate> Gates { get; } = [];

    /// <summary>All requests so far, as somebody on the network could have recorded them.</summary>
    public ConcurrentQueue<RecordedRequest> Recorded { get; } = new();

    public string DataOf(int number) => Path.Combine(_data, $"n{number}");

    public async Task<TestPeer> Start(
        int number,
        Action<QuorumClusteringOptions>? adjust = null,
        string cluster = "test",
        TimeProvider? time = null,
        IHostApplicationLifetime? lifetime = null)
    {
        var options = new QuorumClusteringOptions { Node = $"n{number}", DataDirectory = DataOf(number), Listen = false };
        for (int i = 1; i <= 3; i++)
            options.Peers.Add($"n{i}", new Uri($"http://127.0.0.1:{i}"));

        // A disk that is busy for seconds must change neither what a test sees nor how many requests it counts.
        options.OperationTimeout = TimeSpan.FromMinutes(1);
        options.HedgeDelay = TimeSpan.FromMinutes(1);
        options.PeerTimeout = TimeSpan.FromMinutes(1);
        adjust?.Invoke(options);
        var failure = new NodeFailure(_loggers.CreateLogger<NodeFailure>());
        TimeProvider clock = time ?? TimeProvider.System;
        var node = new ClusteringNode(
            Options.Create(options),
            Options.Create(new ClusterOptions { ClusterId = cluster, ServiceId = "test" }),
            failure,
            clock,
            _loggers.CreateLogger<ClusteringNode>(),
            lifetime,
            this);
        await node.StartingAsync(TestContext.Current.CancellationToken);
        var peer = new TestPeer(number, node, failure, new QuorumMembershipTable(node, clock));
        lock (_gate)
            _up[number] = peer;
        return peer;
    }

    public async Task<TestPeer[]> StartAll() => [await Start(1), await Start(2), await Start(3)];

    public async Task Stop(TestPeer peer)
    {
        lock (_gate)
            _up.Remove(peer.Number);
        await peer.Node.DisposeAsync();
    }

    /// <summary>Stops all peers and takes their data away, as is the way out when they can't go on with it.</summary>
    public async Task StopAllAndDeleteData()
    {
        foreach (TestPeer peer in _up.Values.ToArray())
            await Stop(peer);
        for (int number = 1; number <= 3; number++)
            Directory.Delete(DataOf(number), recursive: true);
    }

    /// <summary>A peer that is up.</summary>
    public TestPeer Any(int choice)
    {
        lock (_gate)
            return _up.Values.ElementAt(choice % _up.Count);
    }

    public async Task<bool> BreaksConnection(Uri address, Action heard, CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        return false;
    }

    public async Task<PeerReply> Post(Uri address, byte[] body, string? signature, CancellationToken cancellation)
    {
        await Task.Yield();
        Recorded.Enqueue(new RecordedRequest(address, body, signature));
        int number = Rerouted.GetValueOrDefault(address.Port, address.Port);
        TestPeer? peer;
        lock (_gate)
            peer = _up.GetValueOrDefault(number);
        return (peer?.Node.Gate ?? Gates.GetValueOrDefault(number)) is { } gate
            ? await gate.Handle(body, signature, IPAddress.Loopback)
            : throw new HttpRequestException("Connection refused");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestPeer peer in _up.Values)
            await peer.Node.DisposeAsync();
        _loggers.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}

internal sealed record RecordedRequest(Uri Address, byte[] Body, string? Signature);

internal sealed record TestPeer(int Number, ClusteringNode Node, NodeFailure Failure, QuorumMembershipTable Table);
