using System.Net;
using Doozer.Client.Clustering;
using Doozer.Clustering;
using Doozer.Tests.Cluster;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Doozer.Tests.Clustering;

/// <summary>
/// Silos on generic hosts in this process, which keep their membership themselves, each with a folder of its own.
/// </summary>
internal sealed class QuorumCluster : IAsyncDisposable
{
    public const string Name = "test-cluster";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("doozer-clustering-").FullName;
    private readonly IHost?[] _hosts;
    private readonly int _siloPort;
    private readonly int _gatewayPort;
    private readonly int _peerPort;

    public QuorumCluster(int nodes = 3)
    {
        _hosts = new IHost[nodes];
        using var ports = new TestClusterPortAllocator();
        (_siloPort, _gatewayPort) = ports.AllocateConsecutivePortPairs(nodes);
        (_peerPort, _) = ports.AllocateConsecutivePortPairs(nodes);
    }

    /// <summary>What the silos logged.</summary>
    public LogLines Lines { get; } = new();

    /// <summary>Changes the options of nodes that start from now on.</summary>
    public Action<int, QuorumClusteringOptions> Adjust { get; set; } = static (_, _) => { };

    public static string NodeId(int node) => $"n{node + 1}";

    public string AddressOf(int node) => $"http://127.0.0.1:{_peerPort + node}";

    public string DataOf(int node) => Path.Combine(_data, NodeId(node));

    public IGrainFactory Grains(int node) => _hosts[node]!.Services.GetRequiredService<IGrainFactory>();

    public QuorumMembershipTable Table(int node) => _hosts[node]!.Services.GetRequiredService<QuorumMembershipTable>();

    public ClusteringNode Node(int node) => _hosts[node]!.Services.GetRequiredService<ClusteringNode>();

    public SiloAddress Silo(int node) => _hosts[node]!.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress;

    public IClusterMembershipService Membership(int node) =>
        _hosts[node]!.Services.GetRequiredService<IClusterMembershipService>();

    public async Task Start(int node)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddLogging(logging => logging.AddProvider(Lines));

        // A silo that is declared dead must not take the test's process with it.
        builder.Services.AddSingleton<IFatalErrorHandler, StopHost>();
        builder.UseOrleans(silo => Configure(silo, node));
        IHost host = builder.Build();
        _hosts[node] = host;
        try
        {
            await host.StartAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        }
        catch
        {
            _hosts[node] = null;
            await Dispose(host);
            throw;
        }
    }

    public Task StartAll() => Task.WhenAll(Enumerable.Range(0, _hosts.Length).Select(Start));

    public async Task Stop(int node)
    {
        IHost host = _hosts[node]!;
        _hosts[node] = null;
        await host.StopAsync(TestContext.Current.CancellationToken);
        await Dispose(host);
    }

    /// <summary>Ends a node as the end of its process would: it can tell nobody any more, neither silos nor peers.</summary>
    public Task Kill(int node)
    {
        IHost host = _hosts[node]!;
        _hosts[node] = null;
        return Kill(host);
    }

    private static async Task Kill(IHost host)
    {
        await host.Services.GetRequiredService<ClusteringNode>().DisposeAsync();
        await new InProcessSiloHandle { SiloHost = host }.StopSiloAsync(stopGracefully: false)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Dispose(host);
    }

    /// <summary>A client that knows some of the peers' addresses.</summary>
    public static async Task<IHost> Connect(params string[] addresses)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client => client
            .Configure<ClusterOptions>(Identify)
            .UseQuorumClustering(options =>
            {
                foreach (string address in addresses)
                    options.Addresses.Add(new Uri(address));
                options.RefreshPeriod = TimeSpan.FromSeconds(1);
            }));
        IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
        return host;
    }

    /// <summary>Completes when a node sees exactly so many active silos.</summary>
    public async Task SeesActive(int node, int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        await foreach (ClusterMembershipSnapshot snapshot in Membership(node).MembershipUpdates.WithCancellation(limit.Token))
        {
            if (snapshot.Members.Values.Count(member => member.Status == SiloStatus.Active) == count)
                return;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IHost? host in _hosts)
        {
            if (host is not null)
                await Kill(host);
        }

        Directory.Delete(_data, recursive: true);
    }

    private void Configure(ISiloBuilder silo, int node)
    {
        silo.Configure<ClusterOptions>(Identify);
        silo.ConfigureEndpoints(IPAddress.Loopback, _siloPort + node, _gatewayPort + node);
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            // Soon enough for a test that waits for it, and late enough for a healthy silo on a busy machine.
            options.ProbeTimeout = TimeSpan.FromSeconds(3);
            options.NumMissedProbesLimit = 3;
            options.NumVotesForDeathDeclaration = 2;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.UseQuorumClustering(options =>
        {
            options.Node = NodeId(node);
            for (int i = 0; i < _hosts.Length; i++)
                options.Peers.Add(NodeId(i), new Uri(AddressOf(i)));
            options.DataDirectory = DataOf(node);
            Adjust(node, options);
        });
    }

    private static void Identify(ClusterOptions options)
    {
        options.ClusterId = Name;
        options.ServiceId = "test";
    }

    private static ValueTask Dispose(IHost host)
    {
        if (host is IAsyncDisposable disposable)
            return disposable.DisposeAsync();
        host.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class StopHost(IHostApplicationLifetime lifetime) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => true;

        public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null) =>
            lifetime.StopApplication();
    }
}
