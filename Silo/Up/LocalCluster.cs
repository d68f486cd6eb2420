using Doozer.Silo.Commands;

namespace Doozer.Silo.Up;

/// <summary>Nodes on one machine, told apart by consecutive ports and by their folders.</summary>
internal sealed record LocalCluster(int Nodes, string Data, int SiloPort, int GatewayPort, int HttpPort, bool Dashboard)
{
    private const string Host = "127.0.0.1";

    public static string Id(int index) => $"n{index + 1}";

    /// <summary>The arguments of one node's <c>doozer</c>.</summary>
    public IEnumerable<string> Arguments(int index) =>
    [
        "serve",
        "--id", Id(index),
        "--data", Path.Combine(Data, Id(index)),
        "--silo", $"{Host}:{SiloPort + index}",
        "--gateway", $"{Host}:{GatewayPort + index}",
        "--http", $"{Host}:{HttpPort + index}",
        "--peers", string.Join(',', Enumerable.Range(0, Nodes).Select(i => $"{Id(i)}={Host}:{HttpPort + i}")),
        .. Dashboard ? [ServeCommand.Dashboard().Name] : Array.Empty<string>(),
        ServeCommand.StopAtEndOfInput,
    ];
}
