using System.Globalization;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>
/// Runs a scenario. A line that begins with '>' is a command, one that begins with '#' is for the reader, and indented lines are
/// what the command above them made the replicas do. docs/testing.md lists the commands.
/// </summary>
internal sealed class TraceRunner
{
    private const string Indent = "    ";

    private readonly List<string> _told = [];
    private TraceCluster? _cluster;
    private int _reads;

    private TraceCluster Cluster => _cluster ?? throw new InvalidOperationException("The first command has to be 'cluster'.");

    /// <summary>Returns the scenario's text with what its commands do now below each.</summary>
    public static string Run(string scenario)
    {
        var runner = new TraceRunner();
        var lines = new List<string>();
        int number = 0;
        foreach (string line in scenario.TrimEnd('\n').Split('\n'))
        {
            number++;
            if (line.StartsWith(' '))
                continue;
            lines.Add(line);
            if (line.StartsWith('>'))
                lines.AddRange(runner.Execute(line, number));
            else if (line.Length > 0 && !line.StartsWith('#'))
                throw new FormatException($"Line {number} is neither a command, a comment, nor indented: {line}");
        }

        return string.Join('\n', lines) + '\n';
    }

    private List<string> Execute(string line, int number)
    {
        _told.Clear();
        string[] words = line[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool isQuiet = words is ["quietly", ..];
        try
        {
            Execute(isQuiet ? words[1..] : words);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Line {number}, '{line}': {exception.Message}", exception);
        }

        return isQuiet ? [] : _told.ConvertAll(told => Indent + told);
    }

    private void Execute(string[] words)
    {
        switch (words)
        {
            case ["cluster", .. var names]:
                _cluster = new TraceCluster(names, _told.Add);
                break;
            case ["status"]:
                Cluster.TellStatus();
                break;
            case ["settle"]:
                Cluster.Settle();
                break;
            case ["heal"]:
                Cluster.Network.Heal();
                break;
            case ["deliver"]:
                Cluster.Deliver(TraceNetwork.Any, TraceNetwork.Any);
                break;
            case ["deliver", var from, var to]:
                Cluster.Deliver(from, to);
                break;
            case ["drop", var from, var to]:
                Cluster.Network.Drop(from, to);
                break;
            case ["cut", var name]:
                Cluster.CutOff(name);
                break;
            case ["cut", var one, var other]:
                Cluster.Network.Cut(one, other);
                break;
            case ["join", var name]:
                Cluster.Join(name);
                break;
            case ["tick", var ticks]:
                Repeat(ticks, Cluster.TickAll);
                break;
            case ["idle", var ticks]:
                Repeat(ticks, () =>
                {
                    Cluster.TickAll();
                    Cluster.Settle();
                });
                break;
            case [var command, var name, .. var arguments]:
                Execute(command, Cluster.Node(name), arguments);
                break;
            default:
                throw new FormatException("There is no such command.");
        }
    }

    private void Execute(string command, TraceNode node, string[] arguments)
    {
        switch (command, arguments)
        {
            case ("tick", [var ticks]):
                Repeat(ticks, node.Tick);
                break;
            case ("disk", ["slow" or "quick"]):
                node.Disk.IsQuick = arguments[0] == "quick";
                break;
            case ("persist", []):
                node.Persist();
                break;
            case ("propose", [_, ..]):
                node.Propose(arguments);
                break;
            case ("read", []):
                node.Read($"read {++_reads}");
                break;
            case ("transfer", [var to]):
                node.Transfer(to);
                break;
            case ("reconfigure", [_, ..]):
                node.Reconfigure(arguments);
                break;
            case ("lose", [var peer]):
                node.LoseConnection(peer);
                break;
            case ("miss", [var other]):
                node.Miss(other);
                break;
            case ("snapshot", []):
                node.TakeSnapshot();
                break;
            case ("crash", []):
                Cluster.Crash(node.Name);
                break;
            case ("restart", []):
                node.Start();
                break;
            default:
                throw new FormatException("There is no such command, or not with these arguments.");
        }
    }

    private static void Repeat(string times, Action action)
    {
        for (int i = int.Parse(times, CultureInfo.InvariantCulture); i > 0; i--)
            action();
    }
}
