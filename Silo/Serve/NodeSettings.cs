using System.Net;

namespace Doozer.Silo.Serve;

/// <summary>Everything <c>doozer serve</c> must know, read from flags, environment and appsettings, and checked.</summary>
/// <param name="Id">This node.</param>
/// <param name="Cluster">Nodes of different clusters refuse each other.</param>
/// <param name="DataDirectory">Where the log lives.</param>
/// <param name="Silo">Where other silos connect.</param>
/// <param name="Gateway">Where Orleans clients connect.</param>
/// <param name="Http">Where HTTP is served.</param>
/// <param name="Peers">All nodes, this one included.</param>
/// <param name="Secret">Signs what the nodes say about the cluster's members; null only on one machine.</param>
/// <param name="Quorum">Sizes of the quorums; null for majorities.</param>
/// <param name="LogFormat">How the log is written.</param>
/// <param name="HttpNames">By which names, besides <c>localhost</c>, the node may be asked over HTTP.</param>
/// <param name="Dashboard">Whether Orleans' dashboard is served.</param>
internal sealed record NodeSettings(
    string Id,
    string Cluster,
    string DataDirectory,
    IPEndPoint Silo,
    IPEndPoint Gateway,
    IPEndPoint Http,
    IReadOnlyList<NodeAddress> Peers,
    string? Secret,
    QuorumSizes? Quorum,
    LogFormat LogFormat,
    IReadOnlyList<string> HttpNames,
    bool Dashboard)
{
    public const string DashboardName = "dashboard";

    /// <summary>The names of the settings: the flag, the key in appsettings, and the end of the environment variable.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "id", "data", "silo", "gateway", "http", HttpNamesName, "peers", "cluster", SecretName, SecretFileName, "quorum",
        LogFormatName, DashboardName,
    ];

    private const string HttpNamesName = "http-names";
    private const string SecretName = "cluster-secret";
    private const string SecretFileName = "cluster-secret-file";
    private const string LogFormatName = "log-format";
    private const int MaxSecretLength = 4096;
    private const string DefaultId = "n1";
    private const string DefaultCluster = "doozer";

    public static NodeSettings Read(IConfiguration section, HostPort.Resolver resolve)
    {
        string id = NameSetting.Check("--id", "node id", Value(section, "id") ?? DefaultId);
        string cluster = NameSetting.Check("--cluster", "cluster name", Value(section, "cluster") ?? DefaultCluster);
        string data = Value(section, "data") ?? Path.Combine(".", "doozer-data", id);
        IReadOnlyList<NodeAddress>? peers = Value(section, "peers") is { } list ? PeerList.Parse(list) : null;
        IPEndPoint http = ReadHttp(section, OwnAddress(peers, id), resolve);

        // A single node asks nobody: its entry only completes the list.
        peers ??= [new NodeAddress(id, new Uri($"http://{new IPEndPoint(IPAddress.Loopback, http.Port)}"))];
        Uri own = peers.First(peer => peer.Id == id).Address;
        IPEndPoint silo = ReadSilo(section, own, peers, resolve);
        IPEndPoint gateway = Value(section, "gateway") is { } gatewayText
            ? HostPort.ParseEndPoint("--gateway", gatewayText, resolve)
            : new IPEndPoint(silo.Address, DefaultPorts.GatewayOf(own, peers));

        // Orleans tells clients one address for both, so a different one could never be reached.
        if (!gateway.Address.Equals(silo.Address) && !Addresses.IsWildcard(gateway.Address))
        {
            throw new SettingsException(
                $"--gateway must be on the same address as --silo ({silo.Address}) or on 0.0.0.0, not on {gateway.Address}.");
        }

        QuorumSizes? quorum = Value(section, "quorum") is { } sizes ? QuorumSizes.Parse(sizes, peers) : null;
        CheckDistinct([("--silo", silo), ("--gateway", gateway), ("--http", http)]);
        string[] names = ReadHttpNames(section, peers);
        return new NodeSettings(
            id, cluster, data, silo, gateway, http, peers, ReadSecret(section), quorum, ReadLogFormat(section), names,
            ReadDashboard(section));
    }

    /// <summary>Whether a setting has a value of its own, and not its default.</summary>
    public static bool IsGiven(IConfiguration section, string name) => Value(section, name) is not null;

    private static Uri? OwnAddress(IReadOnlyList<NodeAddress>? peers, string id)
    {
        if (peers is null)
            return null;
        NodeAddress own = peers.FirstOrDefault(p => p.Id == id)
            ?? throw new SettingsException($"--peers must name this node '{id}' too; it names " +
                $"{string.Join(", ", peers.Select(p => p.Id))}.");
        return own.Address;
    }

    private static IPEndPoint ReadHttp(IConfiguration section, Uri? own, HostPort.Resolver resolve)
    {
        IPEndPoint? announced = own is null ? null : new HostPort(own.IdnHost, own.Port).Resolve("--peers", resolve);
        if (Value(section, "http") is not { } text)
            return announced ?? new IPEndPoint(IPAddress.Loopback, DefaultPorts.Http);

        // All addresses of the machine, and a port that is mapped on the way, are fine; another address can only be a mistake.
        IPEndPoint http = HostPort.ParseEndPoint("--http", text, resolve);
        return announced is null || Addresses.IsWildcard(http.Address) || http.Equals(announced)
            ? http
            : throw new SettingsException($"--http is {http}, but --peers has this node at {announced}.");
    }

    private static IPEndPoint ReadSilo(
        IConfiguration section, Uri own, IReadOnlyList<NodeAddress> peers, HostPort.Resolver resolve) =>
        Value(section, "silo") is { } text
            ? Addresses.Specific("--silo", HostPort.ParseEndPoint("--silo", text, resolve))
            : new HostPort(own.IdnHost, DefaultPorts.SiloOf(own, peers)).Resolve("--peers", resolve);

    // Every name that is given for a node is one that it may be asked by.
    private static string[] ReadHttpNames(IConfiguration section, IReadOnlyList<NodeAddress> peers)
    {
        const StringSplitOptions Tidy = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        string[] names = Value(section, HttpNamesName)?.Split(',', Tidy) ?? [];
        if (Array.Find(names, name => Uri.CheckHostName(name) != UriHostNameType.Dns) is { } wrong)
            throw new SettingsException($"--{HttpNamesName} needs names of hosts, NAME[,NAME...], not '{wrong}'.");
        string?[] listeners = [Value(section, "http"), Value(section, "silo"), Value(section, "gateway")];
        return
        [
            .. names,
            .. peers.Select(peer => peer.Address.IdnHost),
            .. listeners.OfType<string>().Select(text => HostPort.Parse("", text).Host),
        ];
    }

    private static bool ReadDashboard(IConfiguration section) =>
        Value(section, DashboardName) is { } text
            && (bool.TryParse(text, out bool dashboard)
                ? dashboard
                : throw new SettingsException($"--{DashboardName} is true or false, not '{text}'."));

    private static LogFormat ReadLogFormat(IConfiguration section) => Value(section, LogFormatName) switch
    {
        null or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        string other => throw new SettingsException($"--{LogFormatName} is text or json, not '{other}'."),
    };

    private static string? ReadSecret(IConfiguration section)
    {
        string? secret = Value(section, SecretName);
        if (Value(section, SecretFileName) is not { } file)
            return secret;
        if (secret is not null)
            throw new SettingsException($"Give --{SecretName} or --{SecretFileName}, not both.");
        if (Directory.Exists(file))
            throw new SettingsException($"--{SecretFileName}: '{file}' is a directory.");
        try
        {
            // Bounded, since some files have no end.
            using var reader = new StreamReader(file);
            char[] text = new char[MaxSecretLength + 1];
            int length = reader.ReadBlock(text);
            return length <= MaxSecretLength
                ? new string(text, 0, length).Trim()
                : throw new SettingsException(
                    $"--{SecretFileName}: '{file}' is longer than {MaxSecretLength} characters; it must hold the secret alone.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"--{SecretFileName}: '{file}' cannot be read: {exception.Message}");
        }
    }

    private static void CheckDistinct(ReadOnlySpan<(string Flag, IPEndPoint Endpoint)> listeners)
    {
        for (int i = 0; i < listeners.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (IPEndPoint a, IPEndPoint b) = (listeners[i].Endpoint, listeners[j].Endpoint);
                if (a.Port == b.Port
                    && (a.Address.Equals(b.Address) || Addresses.IsWildcard(a.Address) || Addresses.IsWildcard(b.Address)))
                {
                    throw new SettingsException($"{listeners[j].Flag} and {listeners[i].Flag} both listen on {a}.");
                }
            }
        }
    }

    private static string? Value(IConfiguration section, string key) =>
        section[key] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
}

/// <summary>How the log is written.</summary>
internal enum LogFormat
{
    /// <summary>Lines for people.</summary>
    Text,

    /// <summary>An object of JSON in each line.</summary>
    Json,
}
