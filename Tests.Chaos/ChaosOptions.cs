using System.Globalization;

namespace Doozer.Chaos;

/// <summary>What the command line asks for.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        Usage: eng/chaos.sh [options]
          --minutes N        of faults, for each cluster (default 2)
          --nodes 3|5        only the cluster of that many nodes (default: first three, then five)
          --turn             three nodes, which are turned into three others, five, and three again, until the time is over and
                             no node is left that the cluster began with; without other faults than the death of one of them
          --weather          with --turn: and one light fault after the other
          --seed N           decides faults and clients (default: drawn, and printed)
          --history FILE     write what the clients did to FILE; needs --nodes or --turn

        Exit status: 0 all held, or skipped where network namespaces are not permitted; 1 something was broken;
        2 it could not run.
        """;

    private const int TurnedNodes = 3;

    public TimeSpan Time { get; private init; } = TimeSpan.FromMinutes(2);

    public IReadOnlyList<int> Nodes { get; private init; } = [3, 5];

    public int? Seed { get; private init; }

    /// <summary>Whether the cluster is turned into other nodes.</summary>
    public bool Turns { get; private init; }

    /// <summary>Whether it is while there are faults.</summary>
    public bool HasWeather { get; private init; }

    public string? History { get; private init; }

    /// <summary>The program of the nodes; eng/chaos.sh gives it.</summary>
    public string Doozer { get; private init; } = "doozer";

    /// <summary>The folder for data, logs and histories; eng/chaos.sh gives it.</summary>
    public string Output { get; private init; } = "chaos";

    public bool WantsHelp { get; private init; }

    /// <exception cref="ArgumentException">The command line is not understood; the message says why.</exception>
    public static ChaosOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ChaosOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{name} needs a value.");
            options = name switch
            {
                "--minutes" => options with { Time = ParseMinutes(Value()) },
                "--nodes" => options with { Nodes = [ParseNodes(Value())] },
                "--seed" => options with { Seed = ParseSeed(Value()) },
                "--turn" => options with { Turns = true },
                "--weather" => options with { HasWeather = true },
                "--history" => options with { History = Value() },
                "--doozer" => options with { Doozer = Value() },
                "--output" => options with { Output = Value() },
                "--help" or "-h" => options with { WantsHelp = true },
                _ => throw new ArgumentException($"'{name}' is not an option; --help tells which there are."),
            };
        }

        return options.Checked();
    }

    private ChaosOptions Checked()
    {
        if (HasWeather && !Turns)
            throw new ArgumentException("--weather is for --turn: without that there are faults anyway.");
        if (Turns && Nodes is [not TurnedNodes])
            throw new ArgumentException($"--turn begins with {TurnedNodes} nodes.");
        ChaosOptions options = Turns ? this with { Nodes = [TurnedNodes] } : this;
        return options.History is null || options.Nodes.Count == 1
            ? options
            : throw new ArgumentException("--history needs --nodes or --turn: a file holds the history of one cluster.");
    }

    private static TimeSpan ParseMinutes(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes)
            && minutes is >= 0.1 and <= 1000
            ? TimeSpan.FromMinutes(minutes)
            : throw new ArgumentException($"--minutes needs a number from 0.1 to 1000, not '{text}'.");

    private static int ParseNodes(string text) =>
        text is "3" or "5" ? text[0] - '0' : throw new ArgumentException($"--nodes needs 3 or 5, not '{text}'.");

    private static int ParseSeed(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seed)
        ? seed
        : throw new ArgumentException($"--seed needs a whole number from 0 to {int.MaxValue}, not '{text}'.");
}
