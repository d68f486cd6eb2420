using Doozer.Chaos.Faults;
using Doozer.Chaos.Network;

namespace Doozer.Chaos.Nodes;

/// <summary>The nodes and their network.</summary>
internal sealed class NodeCluster : IDisposable
{
    public const int HttpPort = 8000;

    private const string SecretFile = "secret";

    // Often enough that nodes which were away for a while need one.
    private const int SnapshotSlots = 500;

    private readonly NodeNetwork _network;
    private readonly NodeProcess[] _nodes;
    private readonly string _folder;

    /// <param name="network">With as many places as there are nodes. Disposed of with the cluster.</param>
    /// <param name="nodes">How many.</param>
    /// <param name="doozer">The program.</param>
    /// <param name="folder">For data and logs of the nodes.</param>
    public NodeCluster(NodeNetwork network, int nodes, string doozer, string folder)
    {
        (_network, _folder) = (network, folder);
        File.WriteAllText(Path.Combine(folder, SecretFile), $"{Guid.NewGuid():N}{Guid.NewGuid():N}\n");
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), $"{{\"Doozer\":{{\"SnapshotSlots\":{SnapshotSlots}}}}}");
        string peers = string.Join(
            ',', Enumerable.Range(0, nodes).Select(node => $"{Name(node)}={network.Host(node)}:{HttpPort}"));
        _nodes =
        [
            .. Enumerable.Range(0, nodes).Select(node => new NodeProcess(
                Name(node), Command(node, doozer, peers), Path.Combine(folder, $"{Name(node)}.log"))),
        ];
    }

    /// <summary>Those that clients use.</summary>
    public static IReadOnlyList<string> Namespaces { get; } = ["main", "blue", "green"];

    public int Count => _nodes.Length;

    /// <summary>Why a node is not as it should be; null if all are.</summary>
    public string? Fault => _nodes.Select(node => node.Fault).FirstOrDefault(fault => fault is not null);

    public static string Name(int node) => $"n{node + 1}";

    public Uri Address(int node) => new($"http://{_network.Host(node)}:{HttpPort}/");

    public IEnumerable<Uri> Addresses => Enumerable.Range(0, Count).Select(Address);

    public void Start()
    {
        foreach (NodeProcess node in _nodes)
            node.Start();
    }

    /// <summary>Makes the links as these faults leave them.</summary>
    public void Spoil(IEnumerable<ActiveFault> faults) => _network.Conditions = ActiveFaults.ConditionsOf(faults, Count);

    /// <summary>Does to the processes what a fault does when it begins.</summary>
    public async Task Begin(ActiveFault fault, CancellationToken cancellation)
    {
        bool[] stopped = await Task.WhenAll(fault.Nodes.Select(node => Begin(fault.Kind, _nodes[node], cancellation)));
        if (Array.IndexOf(stopped, false) is var stubborn and >= 0)
            throw new ChaosException($"{Name(fault.Nodes[stubborn])} did not stop within 30 s of SIGTERM");
    }

    /// <summary>Does to the processes what a fault does when it ends.</summary>
    public void End(ActiveFault fault)
    {
        foreach (NodeProcess? node in fault.Nodes.Select(node => _nodes[node]))
        {
            if (fault.Kind == FaultKind.Pause)
                node.Continue();
            else if (fault.Kind is FaultKind.Kill or FaultKind.Restart)
                node.Start();
        }
    }

    /// <summary>Ends all nodes and deletes their data.</summary>
    public void DeleteData()
    {
        foreach (NodeProcess node in _nodes)
        {
            node.Dispose();
            Directory.Delete(Path.Combine(_folder, node.Name), recursive: true);
        }
    }

    public void Dispose()
    {
        foreach (NodeProcess node in _nodes)
            node.Dispose();
        _network.Dispose();
    }

    private static async Task<bool> Begin(FaultKind kind, NodeProcess node, CancellationToken cancellation)
    {
        switch (kind)
        {
            case FaultKind.Kill:
                await node.Kill();
                return true;
            case FaultKind.Restart:
                return await node.Terminate(cancellation);
            case FaultKind.Pause:
                node.Pause();
                return true;
            default:
                return true;
        }
    }

    private string[] Command(int node, string doozer, string peers) =>
    [
        .. _network.Through(node).Split(' '), doozer, "serve", "--id", Name(node), "--data", Path.Combine(_folder, Name(node)),
        "--peers", peers, "--cluster-secret-file", Path.Combine(_folder, SecretFile), "--stop-at-end-of-input",
    ];
}
