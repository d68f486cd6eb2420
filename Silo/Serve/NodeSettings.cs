using System.Globalization;
using System.Net;
using Doozer.Clustering;

namespace Doozer.Silo.Serve;

/// <summary>Everything <c>doozer serve</c> must know, read from flags, environment and appsettings, and checked.</summary>
/// <param name="Id">This node.</param>
/// <param name="Cluster">Nodes of different clusters refuse each other.</param>
/// <param name="DataDirectory">Where the log lives.</param>
/// <param name="Silo">Where other silos connect.</param>
/// <param name="Gateway">Where Orleans clients connect.</param>
/// <param name="Http">Where HTTP is served.</param>
/// <param name="Peers">The nodes that the cluster began with, and this one.</param>
/// <param name="HasJoined">Whether this one is none of those that it began with.</param>
/// <param name="Secret">Signs what the nodes say about the cluster's members; null only on one machine.</param>
/// <param name="Quorum">Sizes of the quorums; null for majorities.</param>
/// <param name="Voters">How many voters the cluster wants, while its list of nodes has never changed; 0 for the default.</param>
/// <param name="LogFormat">How the log is written.</param>
/// <param name="HttpNames">By which names, besides <c>localhost</c>, the node may be asked over HTTP.</param>
/// <param name="Dashboard">Whether Orleans' dashboard is served.</param>
/// <param name="Origin">Of a node that joined a restored cluster, what that was restored from.</param>
internal sealed record NodeSettings(
    string Id,
    string Cluster,
    string DataDirectory,
    IPEndPoint Silo,
    IPEndPoint Gateway,
    IPEndPoint Http,
    IReadOnlyList<NodeAddress> Peers,
    bool HasJoined,
    string? Secret,
    QuorumSizes? Quorum,
    int Voters,
    LogFormat LogFormat,
    IReadOnlyList<string> HttpNames,
    bool Dashboard,
    string Origin)
{
    public const string DashboardName = "dashboard";

    /// <summary>The names of the settings: the flag, the key in appsettings, and the end of the environment variable.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "id", "data", "silo", "gateway", "http", AddressName, HttpNamesName, "peers", "join", "role", "cluster", SecretName,
        SecretFileName, "quorum", VotersName, LogFormatName, DashboardName,
    ];

    public const string AddressFlag = "--" + AddressName;

    private const string PeersFlag = "--peers";
    private const string AddressName = "address";
    private const string HttpNamesName = "http-names";
    private const string SecretName = "cluster-secret";
    private const string SecretFileName = "cluster-secret-file";
    private const string VotersName = "voters";
    private const string LogFormatName = "log-format";
    private const string DefaultId = "n1";
    private const string DefaultCluster = "doozer";

    public static NodeSettings Read(IConfiguration section, HostPort.Resolver resolve)
    {
        (string id, string data) = Place(section);
        IReadOnlyList<NodeAddress>? peers = Value(section, "peers") is { } list ? PeerList.Parse(list) : null;
        ClusterFile? file = peers is null ? ClusterFile.Read(data, id) : null;
        string cluster = NameSetting.Check(
            "--cluster", "cluster name", Value(section, "cluster") ?? file?.Cluster ?? DefaultCluster);
        if (peers is null && file is null)
            Joining.RequireFinished(data);
        Uri? announced = file is null ? OwnAddress(peers, id) : IsGiven(section, "http") ? null : file.Address;
        string source = file is null ? PeersFlag : $"what was kept in '{data}'";
        IPEndPoint http = ReadHttp(section, announced, source, resolve);
        string? secret = ReadSecret(section);
        bool hasMoved = IsGiven(section, "http") || IsGiven(section, AddressName);
        peers ??= file?.PeersWith(hasMoved ? AddressFor(section, http, secret) : file.Address)
            ?? [new NodeAddress(id, AddressFor(section, http, secret))];
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

        QuorumSizes? quorum = Value(section, "quorum") is { } sizes
            ? QuorumSizes.Parse(sizes, file is null ? peers.Count : file.Founders.Count)
            : file is null ? null : new QuorumSizes(file.ElectionQuorum, file.WriteQuorum);
        CheckDistinct([("--silo", silo), ("--gateway", gateway), ("--http", http)]);
        string[] names = ReadHttpNames(section, peers);
        return new NodeSettings(
            id, cluster, data, silo, gateway, http, peers, file?.Founders.ContainsKey(id) == false, secret, quorum,
            ReadVoters(section), ReadLogFormat(section), names, ReadDashboard(section), file?.Origin ?? "");
    }

    /// <summary>Which node this is, and where its data is.</summary>
    public static (string Id, string Data) Place(IConfiguration section)
    {
        string? data = Value(section, "data");
        string? given = Value(section, "id") ?? (data is null ? null : ClusterFile.Read(data)?.Node);
        string id = NameSetting.Check("--id", "node id", given ?? DefaultIdOf(section));
        return (id, data ?? DefaultData(id));
    }

    /// <summary>Where the other nodes are told to find this one; null when nobody could.</summary>
    public static Uri? Announced(IConfiguration section)
    {
        string text = Value(section, AddressName) ?? Value(section, "http") ?? $"127.0.0.1:{DefaultPorts.Http}";
        var where = HostPort.Parse(Value(section, AddressName) is null ? "--http" : AddressFlag, text, DefaultPorts.Http);
        return where.IsWildcard ? null : new Uri($"http://{where}");
    }

    /// <summary>Where the register is kept.</summary>
    public static string ClusteringFolder(string data) => Path.Combine(data, "clustering");

    /// <summary>This node.</summary>
    public NodeAddress Own => Peers.First(peer => peer.Id == Id);

    /// <summary>The nodes that the cluster began with.</summary>
    public IEnumerable<NodeAddress> Founders => Peers.Where(peer => !HasJoined || peer.Id != Id);

    /// <summary>Whether a setting has a value of its own, and not its default.</summary>
    public static bool IsGiven(IConfiguration section, string name) => Value(section, name) is not null;

    private static string DefaultData(string id) => Path.Combine(".", "doozer-data", id);

    // Who joins is one of many, and has the name of its machine; also when it starts again.
    private static string DefaultIdOf(IConfiguration section)
    {
        string machine = Environment.MachineName.Split('.')[0];
        string name = string.Concat(machine.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        name = name.Length is 0 ? DefaultId : name[..Math.Min(name.Length, Doozer.Names.MaxLength)];
        if (IsGiven(section, "join"))
            return name;
        bool isTold = IsGiven(section, "peers") || Directory.Exists(DefaultData(DefaultId));
        bool hasJoined = ClusterFile.Read(DefaultData(name)) is not null || Joining.HasBegun(DefaultData(name));
        return !isTold && hasJoined ? name : DefaultId;
    }

    // Without a secret only nodes on this machine can join.
    private static Uri AddressFor(IConfiguration section, IPEndPoint http, string? secret) =>
        secret is not null && Announced(section) is { } announced
            ? announced
            : new Uri($"http://{new IPEndPoint(IPAddress.Loopback, http.Port)}");

    private static Uri? OwnAddress(IReadOnlyList<NodeAddress>? peers, string id)
    {
        if (peers is null)
            return null;
        NodeAddress own = peers.FirstOrDefault(p => p.Id == id)
            ?? throw new SettingsException($"--peers must name this node '{id}' too; it names " +
                $"{string.Join(", ", peers.Select(p => p.Id))}.");
        return own.Address;
    }

    /// <summary>Where HTTP is served.</summary>
    /// <param name="section">The settings.</param>
    /// <param name="own">Where the other nodes find this one, if that is known.</param>
    /// <param name="source">What says so, for errors.</param>
    /// <param name="resolve">Looks a host's name up.</param>
    public static IPEndPoint ReadHttp(IConfiguration section, Uri? own, string source, HostPort.Resolver resolve)
    {
        IPEndPoint? announced = own is null ? null : new HostPort(own.IdnHost, own.Port).Resolve(source, resolve);
        if (Value(section, "http") is not { } text)
            return announced ?? new IPEndPoint(IPAddress.Loopback, DefaultPorts.Http);

        // All addresses of the machine, and a port that is mapped on the way, are fine; another address can only be a mistake.
        IPEndPoint http = HostPort.ParseEndPoint("--http", text, resolve);
        return announced is null || Addresses.IsWildcard(http.Address) || http.Equals(announced)
            ? http
            : throw new SettingsException($"--http is {http}, but {source} has this node at {announced}.");
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

    private static int ReadVoters(IConfiguration section)
    {
        const int Most = QuorumClusteringOptions.MaxPeers;
        if (Value(section, VotersName) is not { } text)
            return 0;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int voters) && voters is >= 1 and <= Most
            ? voters
            : throw new SettingsException($"--{VotersName} is '{text}'; give a whole number from 1 to {Most}.");
    }

    private static LogFormat ReadLogFormat(IConfiguration section) => Value(section, LogFormatName) switch
    {
        null or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        string other => throw new SettingsException($"--{LogFormatName} is text or json, not '{other}'."),
    };

    /// <summary>The cluster's secret; null when there is none.</summary>
    public static string? ReadSecret(IConfiguration section) =>
        SecretFile.Read(Value(section, SecretName), Value(section, SecretFileName));

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

    /// <summary>The value of a setting; null when it has none.</summary>
    public static string? Value(IConfiguration section, string key) =>
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
