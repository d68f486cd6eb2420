using System.Net;

namespace Doozer.Silo.Serve;

/// <summary>Everything <c>doozer serve</c> must know, read from flags, environment and appsettings, and checked.</summary>
/// <param name="Id">This node.</param>
/// <param name="Cluster">Nodes of different clusters refuse each other.</param>
/// <param name="DataDirectory">Where the log lives.</param>
/// <param name="Silo">Where other silos connect.</param>
/// <param name="Gateway">Where Orleans clients connect.</param>
/// <param name="Http">Where the JSON interface listens.</param>
/// <param name="Peers">All nodes, this one included.</param>
internal sealed record NodeSettings(
    string Id,
    string Cluster,
    string DataDirectory,
    IPEndPoint Silo,
    IPEndPoint Gateway,
    IPEndPoint Http,
    IReadOnlyList<Peer> Peers)
{
    /// <summary>The names of the settings: the flag, the key in appsettings, and the end of the environment variable.</summary>
    public static readonly IReadOnlyList<string> Names = ["id", "data", "silo", "gateway", "http", "peers", "cluster"];

    private const string DefaultId = "n1";
    private const string DefaultCluster = "doozer";
    private const string DefaultSilo = "127.0.0.1:11111";
    private const string DefaultGateway = "127.0.0.1:30000";
    private const string DefaultHttp = "127.0.0.1:8000";

    public static NodeSettings Read(IConfiguration section, HostPort.Resolver resolve)
    {
        string id = Serve.Names.Check("--id", "node id", Value(section, "id") ?? DefaultId);
        string cluster = Serve.Names.Check("--cluster", "cluster name", Value(section, "cluster") ?? DefaultCluster);
        string data = Value(section, "data") ?? Path.Combine(".", "doozer-data", id);
        (IPEndPoint silo, IReadOnlyList<Peer> peers) = ReadPeers(section, id, resolve);
        IPEndPoint gateway = HostPort.Parse("--gateway", Value(section, "gateway") ?? DefaultGatewayOf(silo), resolve);
        IPEndPoint http = HostPort.Parse("--http", Value(section, "http") ?? DefaultHttp, resolve);

        // Orleans tells clients one address for both, so a different one could never be reached.
        if (!gateway.Address.Equals(silo.Address) && !Addresses.IsWildcard(gateway.Address))
        {
            throw new SettingsException(
                $"--gateway must be on the same address as --silo ({silo.Address}) or on 0.0.0.0, not on {gateway.Address}.");
        }

        CheckDistinct([("--silo", silo), ("--gateway", gateway), ("--http", http)]);
        return new NodeSettings(id, cluster, data, silo, gateway, http, peers);
    }

    private static (IPEndPoint Silo, IReadOnlyList<Peer> Peers) ReadPeers(
        IConfiguration section, string id, HostPort.Resolver resolve)
    {
        string? siloText = Value(section, "silo");
        IPEndPoint? silo = siloText is null ? null : Addresses.Specific("--silo", HostPort.Parse("--silo", siloText, resolve));
        if (Value(section, "peers") is not { } peersText)
        {
            silo ??= IPEndPoint.Parse(DefaultSilo);
            return (silo, [new Peer(id, silo)]);
        }

        IReadOnlyList<Peer> peers = PeerList.Parse(peersText, resolve);
        Peer own = peers.FirstOrDefault(p => p.Id == id)
            ?? throw new SettingsException($"--peers must name this node '{id}' too; it names {string.Join(", ", peers.Select(p => p.Id))}.");
        return silo is null || silo.Equals(own.Silo)
            ? (own.Silo, peers)
            : throw new SettingsException($"--silo is {silo}, but --peers has this node '{id}' at {own.Silo}.");
    }

    private static string DefaultGatewayOf(IPEndPoint silo) =>
        new IPEndPoint(silo.Address, IPEndPoint.Parse(DefaultGateway).Port).ToString();

    private static void CheckDistinct(ReadOnlySpan<(string Flag, IPEndPoint Endpoint)> listeners)
    {
        for (int i = 0; i < listeners.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (IPEndPoint a, IPEndPoint b) = (listeners[i].Endpoint, listeners[j].Endpoint);
                if (a.Port == b.Port
                    && (a.Address.Equals(b.Address) || Addresses.IsWildcard(a.Address) || Addresses.IsWildcard(b.Address)))
                    throw new SettingsException($"{listeners[j].Flag} and {listeners[i].Flag} both listen on {a}.");
            }
        }
    }

    private static string? Value(IConfiguration section, string key) =>
        section[key] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}
