using Doozer.Chaos.Faults;
using Doozer.Chaos.Network;

namespace Doozer.Chaos.Nodes;

/// <summary>
/// The nodes and their network. Nodes have numbers from 0 on, which are not used again; those that the cluster begins with, and
/// then those that join, each at the next free place of the network.
/// </summary>
internal sealed class NodeCluster : IDisposable
{
    public const int HttpPort = 8000;

    private const string SecretName = "secret";

    // What 'doozer serve' ends with when it was removed, and what a shell makes of SIGKILL.
    private const int RemovedStatus = 2;
    private const int KilledStatus = 128 + 9;

    // Often enough that nodes which were away for a while need one.
    private const int SnapshotSlots = 500;

    private readonly Lock _lock = new();
    private readonly NodeNetwork _network;
    private readonly List<ClusterNode> _nodes = [];
    private readonly string _doozer;
    private readonly string _folder;
    private volatile int[] _members;

    /// <param name="network">With at least as many places as there are nodes at one time. Disposed of with the cluster.</param>
    /// <param name="nodes">How many the cluster begins with.</param>
    /// <param name="doozer">The program.</param>
    /// <param name="folder">For data and logs of the nodes.</param>
    public NodeCluster(NodeNetwork network, int nodes, string doozer, string folder)
    {
        (_network, _doozer, _folder) = (network, doozer, folder);
        File.WriteAllText(SecretFile, $"{Guid.NewGuid():N}{Guid.NewGuid():N}\n");
        File.WriteAllText(Path.Combine(folder, "appsettings.json"), $"{{\"Doozer\":{{\"SnapshotSlots\":{SnapshotSlots}}}}}");
        _members = [.. Enumerable.Range(0, nodes)];
        string peers = string.Join(',', _members.Select(node => $"{Name(node)}={network.Host(node)}:{HttpPort}"));
        foreach (int node in _members)
            _nodes.Add(Create(node, place: node, "--peers", peers));
    }

    /// <summary>Those that clients use.</summary>
    public static IReadOnlyList<string> Namespaces { get; } = ["main", "blue", "green"];

    /// <summary>The numbers of the nodes that should be there now, in their order.</summary>
    public IReadOnlyList<int> Members => _members;

    /// <summary>Holds the secret of the cluster.</summary>
    public string SecretFile => Path.Combine(_folder, SecretName);

    /// <summary>Where the nodes are that should be there now.</summary>
    public IEnumerable<Uri> Addresses => _members.Select(Address);

    /// <summary>Why a node is not as it should be; null if all are.</summary>
    public string? Fault => All.Select(node => node.Process.Fault).FirstOrDefault(fault => fault is not null);

    private ClusterNode[] All
    {
        get
        {
            lock (_lock)
                return [.. _nodes];
        }
    }

    public static string Name(int node) => $"n{node + 1}";

    public Uri Address(int node) => new($"http://{_network.Host(PlaceOf(node))}:{HttpPort}/");

    public void Start()
    {
        foreach (ClusterNode node in All)
            node.Process.Start();
    }

    /// <summary>Starts a new node, which joins by those that are there.</summary>
    /// <returns>Its number.</returns>
    public int Add()
    {
        lock (_lock)
        {
            int node = _nodes.Count;
            int place = Enumerable.Range(PlaceOf(node - 1) + 1, _network.Count)
                .Select(next => next % _network.Count)
                .First(next => _members.All(member => PlaceOf(member) != next));
            string others = string.Join(',', Addresses.Select(address => address.Authority));
            _nodes.Add(Create(node, place, "--http", $"{_network.Host(place)}:{HttpPort}", "--join", others));
            _members = [.. _members, node];
            _nodes[node].Process.Start();
            return node;
        }
    }

    /// <summary>A node dies for good.</summary>
    public Task Lose(int node)
    {
        Release(node);
        return ProcessOf(node).Kill();
    }

    /// <summary>A node has been removed from the cluster: it ends by itself.</summary>
    public void Release(int node)
    {
        lock (_lock)
            _members = [.. _members.Where(member => member != node)];
        ProcessOf(node).LetEnd();
    }

    /// <summary>Why a node that was removed has not ended as it should; null when it has. One that was killed starts.</summary>
    /// <exception cref="ChaosException">It ended otherwise.</exception>
    public string? WhyNotLeft(int node)
    {
        NodeProcess process = ProcessOf(node);
        switch (process.ExitStatus)
        {
            case null:
                return $"{process.Name} still runs, though it was removed";
            case RemovedStatus when SaysWhy(process):
                return null;
            case KilledStatus:
                process.Start();
                process.LetEnd();
                return $"{process.Name} was started again to find that it was removed";
            case var other:
                throw new ChaosException($"{process.Name} was removed, but ended with exit status {other} and without saying so");
        }
    }

    /// <summary>Makes the links as these faults leave them.</summary>
    public void Spoil(IEnumerable<ActiveFault> faults) => _network.Conditions = ActiveFaults.ConditionsOf(
        faults.Select(fault => fault with { Nodes = [.. fault.Nodes.Select(PlaceOf)] }), _network.Count);

    /// <summary>Does to the processes what a fault does when it begins.</summary>
    public async Task Begin(ActiveFault fault, CancellationToken cancellation)
    {
        bool[] stopped = await Task.WhenAll(fault.Nodes.Select(node => Begin(fault.Kind, ProcessOf(node), cancellation)));
        if (Array.IndexOf(stopped, false) is var stubborn and >= 0)
            throw new ChaosException($"{Name(fault.Nodes[stubborn])} did not stop within 30 s of SIGTERM");
    }

    /// <summary>Does to the processes what a fault does when it ends.</summary>
    public void End(ActiveFault fault)
    {
        foreach (int node in fault.Nodes)
        {
            if (fault.Kind == FaultKind.Pause)
                ProcessOf(node).Continue();
            else if (fault.Kind is FaultKind.Kill or FaultKind.Restart)
                StartAgain(node);
        }
    }

    /// <summary>Ends all nodes and deletes their data.</summary>
    public void DeleteData()
    {
        foreach (ClusterNode node in All)
        {
            node.Process.Dispose();
            Directory.Delete(Path.Combine(_folder, node.Process.Name), recursive: true);
        }
    }

    public void Dispose()
    {
        foreach (ClusterNode node in All)
            node.Process.Dispose();
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

    private static bool SaysWhy(NodeProcess removed) => File.ReadAllText(removed.LogFile)
        .Contains($"{removed.Name} was removed from the cluster", StringComparison.Ordinal);

    private void StartAgain(int node)
    {
        lock (_lock)
        {
            if (_members.Contains(node))
                _nodes[node].Process.Start();
        }
    }

    private NodeProcess ProcessOf(int node)
    {
        lock (_lock)
            return _nodes[node].Process;
    }

    private int PlaceOf(int node)
    {
        lock (_lock)
            return _nodes[node].Place;
    }

    private ClusterNode Create(int node, int place, params string[] cluster) => new(
        new NodeProcess(
            Name(node),
            [
                .. _network.Through(place).Split(' '), _doozer, "serve", "--id", Name(node),
                "--data", Path.Combine(_folder, Name(node)), .. cluster,
                "--cluster-secret-file", SecretFile, "--stop-at-end-of-input",
            ],
            Path.Combine(_folder, $"{Name(node)}.log")),
        place);

    private sealed record ClusterNode(NodeProcess Process, int Place);
}
