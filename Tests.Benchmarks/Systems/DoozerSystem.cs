using System.Text.Json;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Stores;
using Doozer.Silo.Up;

namespace Doozer.Benchmarks.Systems;

/// <summary>This project's nodes, run as <c>doozer up</c> runs them, with all their defaults.</summary>
/// <param name="doozer">The program.</param>
/// <param name="firstPort">Of those that it takes.</param>
/// <param name="transports">Of <see cref="Orleans"/> and <see cref="Http"/>.</param>
internal sealed class DoozerSystem(string doozer, int firstPort, IReadOnlyList<string> transports) : ISystem, IDisposable
{
    public const string Orleans = "doozer-orleans";
    public const string Http = "doozer-http";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public string Name => "doozer";

    public IReadOnlyList<string> Transports => transports;

    public bool HasLocks(string transport) => transport == Orleans;

    public string Probe => Http;

    public IReadOnlyList<int> Ports { get; } = [.. Enumerable.Range(firstPort, 3 * ISystem.Nodes)];

    public bool StopsAtEndOfInput => true;

    private int FirstGateway => firstPort + ISystem.Nodes;

    private int FirstSilo => firstPort + (2 * ISystem.Nodes);

    public IReadOnlyList<string> Command(int node, string folder)
    {
        var cluster = new LocalCluster(ISystem.Nodes, folder, FirstSilo, FirstGateway, firstPort, Dashboard: false);
        return [doozer, .. cluster.Arguments()[node]];
    }

    public async Task<string> Version(CancellationToken cancellation) =>
        await ProgramOutput.Of(doozer, ["version"], cancellation) is { } version ? $"doozer {version}" : "doozer";

    public async Task<bool> KnowsLeader(int node, CancellationToken cancellation)
    {
        var address = new Uri(ISystem.Address(firstPort + node), "readyz");
        using HttpResponseMessage answer = await _http.GetAsync(address, cancellation);
        return answer.IsSuccessStatusCode;
    }

    public async Task<int?> Leader(CancellationToken cancellation)
    {
        string[] leaders = await Task.WhenAll(Enumerable.Range(0, ISystem.Nodes).Select(async node =>
        {
            var address = new Uri(ISystem.Address(firstPort + node), "v1/main/status");
            using var status = JsonDocument.Parse(await _http.GetByteArrayAsync(address, cancellation));
            JsonElement local = status.RootElement.GetProperty("local");

            // Those that have joined are to vote, too.
            return local.GetProperty("quorum").GetProperty("acceptors").GetArrayLength() == ISystem.Nodes
                ? local.GetProperty("leader").GetString()!
                : "";
        }));
        int leader = Enumerable.Range(0, ISystem.Nodes).FirstOrDefault(node => LocalCluster.Id(node) == leaders[0], -1);
        return leader >= 0 && leaders.Distinct().Count() == 1 ? leader : null;
    }

    public async Task<IStore> Connect(
        string transport, IReadOnlyList<int> nodes, int clients, CancellationToken cancellation) => transport == Http
        ? new HttpStore([.. nodes.Select(node => ISystem.Address(firstPort + node))])
        : await OrleansStore.Connect([.. nodes.Select(node => ISystem.EndPoint(FirstGateway + node))], cancellation);

    public void Dispose() => _http.Dispose();
}
