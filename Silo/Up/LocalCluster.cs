using Doozer.Silo.Commands;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Up;

/// <summary>
/// Nodes on one machine, told apart by consecutive ports and by their folders. The first begins a cluster, and the others join
/// it; whoever has data of an earlier run knows its cluster.
/// </summary>
internal sealed record LocalCluster(int Nodes, string Data, int SiloPort, int GatewayPort, int HttpPort, bool Dashboard)
{
    private const string Host = "127.0.0.1";

    public static string Id(int index) => $"n{index + 1}";

    /// <summary>The arguments of the nodes' <c>doozer</c>.</summary>
    /// <exception cref="CommandFailure">There is data of an earlier run with other ports, or it cannot be read.</exception>
    public IReadOnlyList<string[]> Arguments()
    {
        bool areRestored = Enumerable.Range(0, Nodes).All(IsRestored);
        return [.. Enumerable.Range(0, Nodes).Select(index => Arguments(index, areRestored))];
    }

    private string[] Arguments(int index, bool areRestored) =>
    [
        "serve",
        "--id", Id(index),
        "--data", Folder(index),
        "--silo", $"{Host}:{SiloPort + index}",
        "--gateway", $"{Host}:{GatewayPort + index}",
        "--http", Http(index),
        .. IsKnown(index) ? [] : ToldOfCluster(index, areRestored),
        .. Dashboard ? [ServeCommand.Dashboard().Name] : Array.Empty<string>(),
        ServeCommand.StopAtEndOfInput,
    ];

    /// <summary>What a node must be told that knows of no cluster.</summary>
    private string[] ToldOfCluster(int index, bool areRestored)
    {
        IEnumerable<int> all = Enumerable.Range(0, Nodes);
        if (areRestored)
            return ["--peers", string.Join(',', all.Select(i => $"{Id(i)}={Http(i)}"))];
        return index == 0 ? ["--voters", $"{Nodes}"] : ["--join", string.Join(',', all.Where(i => i != index).Select(Http))];
    }

    private string Folder(int index) => Path.Combine(Data, Id(index));

    private string Http(int index) => $"{Host}:{HttpPort + index}";

    private bool IsKnown(int index)
    {
        if (ClusterFile.Read(Folder(index), Id(index)) is not { } file)
            return false;
        return file.Address.Port == HttpPort + index ? true : throw new CommandFailure(
            $"The other nodes know {Id(index)} at {file.Address}, from an earlier run with its data in '{Data}': give " +
            $"--http-port {file.Address.Port - index}, or another --data.");
    }

    /// <summary>Whether there is data of a node that has never run.</summary>
    private bool IsRestored(int index) =>
        Directory.Exists(Folder(index)) && Directory.EnumerateFileSystemEntries(Folder(index)).Any()
        && !IsKnown(index) && !Joining.HasBegun(Folder(index));
}
