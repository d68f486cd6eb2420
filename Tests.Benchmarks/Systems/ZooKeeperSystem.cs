using System.Net.Sockets;
using System.Text;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Stores;

namespace Doozer.Benchmarks.Systems;

/// <summary>
/// ZooKeeper as the distribution has it and with its defaults; only the limit of connections from one address is lifted, and the
/// web server for administration is off.
/// </summary>
/// <param name="firstPort">Of those that it takes.</param>
internal sealed class ZooKeeperSystem(int firstPort) : ISystem
{
    private const string Jars = "/usr/share/java";

    private static readonly string ClassPath =
        string.Join(':', ((string[])["zookeeper", "slf4j-log4j12", "log4j-1.2"]).Select(jar => $"{Jars}/{jar}.jar"));

    public string Name => "zookeeper";

    public IReadOnlyList<string> Transports => [Name];

    public IReadOnlyList<int> Ports { get; } = [.. Enumerable.Range(firstPort, 3 * ISystem.Nodes)];

    public void Prepare(int node, string folder)
    {
        string data = Directory.CreateDirectory(Path.Combine(folder, $"z{node + 1}")).FullName;
        string settings = Directory.CreateDirectory(Settings(node, folder)).FullName;
        File.WriteAllText(Path.Combine(data, "myid"), $"{node + 1}\n");
        IEnumerable<string> servers = Enumerable.Range(0, ISystem.Nodes)
            .Select(i => $"server.{i + 1}=127.0.0.1:{QuorumPort(i)}:{QuorumPort(i) + ISystem.Nodes}");
        File.WriteAllLines(
            Path.Combine(settings, "zoo.cfg"),
            [
                "tickTime=2000", "initLimit=10", "syncLimit=5", "forceSync=yes", $"dataDir={data}",
                $"clientPort={firstPort + node}", "clientPortAddress=127.0.0.1", "maxClientCnxns=0",
                "admin.enableServer=false", "4lw.commands.whitelist=srvr", .. servers,
            ]);
        File.WriteAllLines(
            Path.Combine(settings, "log4j.properties"),
            [
                "log4j.rootLogger=WARN, OUT", "log4j.appender.OUT=org.apache.log4j.ConsoleAppender",
                "log4j.appender.OUT.layout=org.apache.log4j.PatternLayout",
                "log4j.appender.OUT.layout.ConversionPattern=%d{ISO8601} %-5p %c{1} %m%n",
            ]);
    }

    public IReadOnlyList<string> Command(int node, string folder) =>
    [
        "java", "-Xmx1000m", "-cp", $"{Settings(node, folder)}:{ClassPath}", "-Dzookeeper.jmx.log4j.disable=true",
        "org.apache.zookeeper.server.quorum.QuorumPeerMain", Path.Combine(Settings(node, folder), "zoo.cfg"),
    ];

    public async Task<string> Version(CancellationToken cancellation)
    {
        if (!File.Exists($"{Jars}/zookeeper.jar") || await ProgramOutput.Of("java", ["-version"], cancellation) is null)
            throw new ArgumentException("There is no ZooKeeper on this machine: Debian's packages are zookeeper and a JRE.");
        return $"ZooKeeper {await ProgramOutput.Of("dpkg-query", ["-W", "-f", "${Version}", "zookeeper"], cancellation)}";
    }

    public async Task<bool> KnowsLeader(int node, CancellationToken cancellation) => await Mode(node, cancellation) is not null;

    public async Task<int?> Leader(CancellationToken cancellation)
    {
        for (int node = 0; node < ISystem.Nodes; node++)
        {
            if (await Mode(node, cancellation) == "leader")
                return node;
        }

        return null;
    }

    public Task<IStore> Connect(
        string transport, IReadOnlyList<int> nodes, int clients, CancellationToken cancellation) =>
        Task.FromResult<IStore>(new ZooKeeperStore([.. nodes.Select(node => ISystem.EndPoint(firstPort + node))], clients));

    private static string Settings(int node, string folder) => Path.Combine(folder, $"settings{node + 1}");

    private int QuorumPort(int node) => firstPort + ISystem.Nodes + node;

    /// <summary>Leader or follower; null while it is neither.</summary>
    private async Task<string?> Mode(int node, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(ISystem.EndPoint(firstPort + node), cancellation);
        await client.GetStream().WriteAsync("srvr"u8.ToArray(), cancellation);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        string answer = await reader.ReadToEndAsync(cancellation);
        const string Mode = "Mode: ";
        return answer.Split('\n').FirstOrDefault(line => line.StartsWith(Mode, StringComparison.Ordinal))?[Mode.Length..];
    }
}
