using Doozer.Client;
using Doozer.Grains;
using Doozer.Namespaces;
using Doozer.Node;
using Doozer.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Doozer.Tests.Cluster;

/// <summary>Silos in this process, each a node with a data directory of its own that outlives a kill.</summary>
internal sealed class DoozerCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly InProcessSiloHandle?[] _silos;
    private readonly string _data = Directory.CreateTempSubdirectory("doozer-cluster-").FullName;

    private DoozerCluster(short nodes, TimeProvider time)
    {
        _silos = new InProcessSiloHandle[nodes];
        Nodes = [.. Enumerable.Range(0, nodes).Select(i => $"Silo_{i}")];
        var builder = new InProcessTestClusterBuilder(nodes);
        builder.ConfigureSilo((silo, orleans) => orleans
            .Configure<ClusterMembershipOptions>(BePatient)
            .AddDoozer(options => Configure(options, silo.SiloName)));
        builder.ConfigureSiloHost((_, host) => host.Services
            .AddSingleton(time)
            .AddLogging(logging => logging.AddProvider(Lines)));
        builder.ConfigureClientHost(host => host.Services.AddDoozerClient());
        _cluster = builder.Build();
    }

    /// <summary>Node ids by number.</summary>
    public string[] Nodes { get; }

    /// <summary>What the nodes logged.</summary>
    public LogLines Lines { get; } = new();

    /// <summary>Changes the options of nodes that start from now on.</summary>
    public Action<DoozerOptions> Adjust { get; set; } = static _ => { };

    public IServiceProvider ClientServices => _cluster.Client.ServiceProvider;

    public string DataOf(int node) => Path.Combine(_data, Nodes[node]);

    /// <summary>Names of the node's log segments, oldest first.</summary>
    public string[] LogFiles(int node) =>
    [
        .. Directory.GetFiles(Path.Combine(DataOf(node), "log"), "*.log")
            .Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal),
    ];

    public static async Task<DoozerCluster> Start(
        short nodes = 3, Action<DoozerOptions>? adjust = null, TimeProvider? time = null)
    {
        var cluster = new DoozerCluster(nodes, time ?? TimeProvider.System);
        if (adjust is not null)
            cluster.Adjust = adjust;
        await cluster._cluster.DeployAsync();
        foreach (InProcessSiloHandle silo in cluster._cluster.Silos)
            cluster._silos[Array.IndexOf(cluster.Nodes, silo.Name)] = silo;
        return cluster;
    }

    /// <summary>The namespace as the given node serves it.</summary>
    public INamespaceGrain On(int node, string @namespace = "main") =>
        _silos[node]!.ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<INamespaceGrain>(@namespace);

    /// <summary>Makes a namespace, and gives it as the first node serves it.</summary>
    public async Task<INamespaceGrain> Create(string @namespace)
    {
        await On(0, @namespace).Create();
        return On(0, @namespace);
    }

    /// <summary>The namespace as the HTTP interface of a node asks for it. Orleans takes a fake one for a grain, too.</summary>
    public ILocalNamespaceGrain Local(int node, string @namespace) =>
        _silos[node]!.ServiceProvider.GetRequiredService<IGrainFactory>()
            .GetGrain<ILocalNamespaceGrain>(@namespace, typeof(NamespaceGrain).FullName);

    /// <summary>The replica of <c>main</c> on a node.</summary>
    public ReplicaDriver Replica(int node) =>
        _silos[node]!.ServiceProvider.GetRequiredService<ReplicaDrivers>().Find(Names.Main)!;

    /// <summary>The groups that a node has replicas of, in use or on its disk.</summary>
    public IEnumerable<GroupName> GroupsOn(int node) =>
        _silos[node]!.ServiceProvider.GetRequiredService<ReplicaDrivers>().Groups;

    /// <summary>Number of the node that leads, as soon as the given node knows it and the leader serves.</summary>
    public async Task<int> LeaderSeenBy(int node)
    {
        while (true)
        {
            await On(node).Rev(ReadMode.Linearizable);
            ReplicaStatus status = (await On(node).Status()).Local;
            if (status.Leader.Length > 0)
                return Array.IndexOf(Nodes, status.Leader);
        }
    }

    /// <summary>
    /// Completes when the leader has heard from all: before that it hands leadership to nobody who keeps silent.
    /// </summary>
    public async Task AllAreReachedBy(int leader)
    {
        while (!(await On(leader).Status()).Local.Peers.All(peer => peer.Reachable))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    /// <summary>Saves a namespace to a file of that name beside the nodes' folders, and gives its path.</summary>
    public async Task<string> Save(int node, string @namespace)
    {
        string path = Path.Combine(_data, @namespace + ".saved");
        await using FileStream file = File.Create(path);
        await _silos[node]!.ServiceProvider.GetRequiredService<INamespaceSnapshots>()
            .Save(@namespace, file, TestContext.Current.CancellationToken);
        return path;
    }

    /// <summary>From now on the node's log takes nothing, as if its disk had failed.</summary>
    public ValueTask CloseStorage(int node) => _silos[node]!.ServiceProvider.GetRequiredService<NodeStorage>().DisposeAsync();

    public async Task Kill(int node)
    {
        InProcessSiloHandle silo = _silos[node]!;
        _silos[node] = null;
        await _cluster.KillSiloAsync(silo);
        await silo.DisposeAsync();
    }

    public async Task Stop(int node)
    {
        InProcessSiloHandle silo = _silos[node]!;
        _silos[node] = null;
        await _cluster.StopSiloAsync(silo);
        await silo.DisposeAsync();
    }

    public async Task Restart(int node) => _silos[node] = await _cluster.StartSiloAsync(node, _cluster.Options);

    public async ValueTask DisposeAsync()
    {
        foreach (InProcessSiloHandle? silo in _silos)
        {
            if (silo is not null)
                await silo.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    // Namespaces do not wait for a silo to be declared dead; a healthy one that is would end a test on a busy machine.
    private static void BePatient(ClusterMembershipOptions options) =>
        (options.ProbeTimeout, options.NumMissedProbesLimit) = (TimeSpan.FromSeconds(20), 3);

    private void Configure(DoozerOptions options, string node)
    {
        options.Node = node;
        foreach (string peer in Nodes)
            options.Peers.Add(peer);
        options.DataDirectory = Path.Combine(_data, node);

        // A request that meets a disk that is busy for seconds is late, and no failure.
        options.RequestTimeout = TimeSpan.FromSeconds(10);
        Adjust(options);
    }
}
