using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Stores;
using Etcdserverpb;
using Grpc.Net.Client;

namespace Doozer.Benchmarks.Systems;

/// <summary>etcd as the distribution has it, with all its defaults.</summary>
/// <param name="firstPort">Of those that it takes.</param>
internal sealed class EtcdSystem(int firstPort) : ISystem, IDisposable
{
    private readonly GrpcChannel[] _channels =
        [.. Enumerable.Range(0, ISystem.Nodes).Select(node => EtcdStore.Channel(ISystem.Address(firstPort + node)))];

    public string Name => "etcd";

    public IReadOnlyList<string> Transports => [Name];

    public bool HasLocks(string transport) => true;

    public IReadOnlyList<int> Ports { get; } = [.. Enumerable.Range(firstPort, 2 * ISystem.Nodes)];

    public IReadOnlyList<string> Command(int node, string folder)
    {
        string client = Url(firstPort + node);
        string peer = Url(PeerPort(node));
        string members = string.Join(',', Enumerable.Range(0, ISystem.Nodes).Select(i => $"e{i + 1}={Url(PeerPort(i))}"));
        return
        [
            "etcd", "--name", $"e{node + 1}", "--data-dir", Path.Combine(folder, $"e{node + 1}"),
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
            "--initial-cluster", members, "--initial-cluster-state", "new",
            "--logger", "zap", "--log-level", "warn",
        ];
    }

    public async Task<string> Version(CancellationToken cancellation)
    {
        string? version = await ProgramOutput.Of("etcd", ["--version"], cancellation)
            ?? throw new ArgumentException("There is no etcd on this machine: Debian's package is etcd-server.");
        return version.Split('\n')[0].Replace("etcd Version:", "etcd", StringComparison.Ordinal);
    }

    public async Task<bool> KnowsLeader(int node, CancellationToken cancellation) =>
        (await Status(node, cancellation)).Leader != 0;

    public async Task<int?> Leader(CancellationToken cancellation)
    {
        StatusResponse[] all =
            await Task.WhenAll(Enumerable.Range(0, ISystem.Nodes).Select(node => Status(node, cancellation)));
        int leader = Array.FindIndex(all, status => status.Leader == status.Header.MemberId);
        return leader >= 0 ? leader : null;
    }

    public Task<IStore> Connect(
        string transport, IReadOnlyList<int> nodes, int clients, CancellationToken cancellation) =>
        Task.FromResult<IStore>(new EtcdStore([.. nodes.Select(node => ISystem.Address(firstPort + node))], clients));

    public void Dispose()
    {
        foreach (GrpcChannel channel in _channels)
            channel.Dispose();
    }

    private static string Url(int port) => $"http://127.0.0.1:{port}";

    private int PeerPort(int node) => firstPort + ISystem.Nodes + node;

    private async Task<StatusResponse> Status(int node, CancellationToken cancellation) =>
        await new Maintenance.MaintenanceClient(_channels[node])
            .StatusAsync(new StatusRequest(), cancellationToken: cancellation);
}
