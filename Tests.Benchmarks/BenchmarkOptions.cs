using System.Globalization;
using System.Text.Json;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Systems;

namespace Doozer.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        Usage: eng/bench.sh [options]
          --against LIST     of etcd,zookeeper: these too, round by round beside doozer; missing packages are installed
          --ops LIST         of write,read,local-read,mixed,lock,own-lock,watch,idle,failover,restart
                             (default: all)
          --transports LIST  ways to speak to doozer: of orleans,http (default: both)
          --clients LIST     with one operation under way each (default 1,64,256,1000)
          --seconds N        that each run is measured (default 5)
          --rounds N         the table has medians (default 3)
          --warm-up N        seconds of load on a new cluster before anything is measured, and of rest after it (default 5)
          --watchers LIST    of one file (default 100,1000)
          --rate N           writes a second while it is watched (default 50)
          --files N          of restart; it runs once, after all rounds (default 1000000)
          --load-minutes N   at most, to create these files; what is there then is measured (default 20)
          --files-folder DIR keep the data of restart there: a later run goes on loading where this one ends
          --data DIR         where all other data go, on the disk that is measured (default: in the results' folder)
          --port N           first of the ports that the nodes take on 127.0.0.1 (default 17000)
          --smoke            a few minutes, to see that all works; options that follow change it again
          --report FILE      only print the table of a results.jsonl

        Exit status: 0 all was measured; 1 some runs failed or had errors, which are told; 2 it could not run, or was stopped.
        """;

    private const int PortsOfOne = 10;

    public IReadOnlyList<string> Against { get; private init; } = [];

    public IReadOnlyList<Operation> Operations { get; private init; } = Enum.GetValues<Operation>();

    public IReadOnlyList<string> Transports { get; private init; } = [DoozerSystem.Orleans, DoozerSystem.Http];

    public IReadOnlyList<int> Clients { get; private init; } = [1, 64, 256, 1000];

    public TimeSpan Time { get; private init; } = TimeSpan.FromSeconds(5);

    public int Rounds { get; private init; } = 3;

    public TimeSpan WarmUp { get; private init; } = TimeSpan.FromSeconds(5);

    public IReadOnlyList<int> Watchers { get; private init; } = [100, 1000];

    public int Rate { get; private init; } = 50;

    public int Files { get; private init; } = 1_000_000;

    public TimeSpan LoadTime { get; private init; } = TimeSpan.FromMinutes(20);

    public string? FilesFolder { get; private init; }

    public string? Data { get; private init; }

    public string? Report { get; private init; }

    /// <summary>The program of the nodes; eng/bench.sh gives it.</summary>
    public string Doozer { get; private init; } = "doozer";

    /// <summary>The folder for results; eng/bench.sh gives it.</summary>
    public string Output { get; private init; } = "bench";

    public bool WantsHelp { get; private init; }

    /// <summary>All that was asked for, without what eng/bench.sh adds.</summary>
    public string CommandLine { get; private init; } = "";

    private int Port { get; init; } = 17000;

    private BenchmarkOptions Smoke => this with
    {
        Clients = [1, 64],
        Time = TimeSpan.FromSeconds(1),
        Rounds = 1,
        WarmUp = TimeSpan.FromSeconds(1),
        Watchers = [100],
        Files = 20_000,
        LoadTime = TimeSpan.FromMinutes(1),
    };

    /// <exception cref="ArgumentException">The command line is not understood; the message says why.</exception>
    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions();
        var asked = new List<string>();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{name} needs a value.");
            int Number(int max) => ParseNumber(name, Value(), max);
            int first = i;
            IReadOnlyList<int> Numbers(int max) => [.. Value().Split(',').Select(each => ParseNumber(name, each, max))];
            options = name switch
            {
                "--against" => options with { Against = Names(name, Value(), "etcd", "zookeeper") },
                "--ops" => options with { Operations = [.. Value().Split(',').Select(ParseOperation)] },
                "--transports" => options with
                {
                    Transports = [.. Names(name, Value(), "orleans", "http").Select(each => $"doozer-{each}")],
                },
                "--clients" => options with { Clients = Numbers(10_000) },
                "--seconds" => options with { Time = TimeSpan.FromSeconds(Number(3600)) },
                "--rounds" => options with { Rounds = Number(100) },
                "--warm-up" => options with { WarmUp = TimeSpan.FromSeconds(Number(600)) },
                "--watchers" => options with { Watchers = Numbers(10_000) },
                "--rate" => options with { Rate = Number(10_000) },
                "--files" => options with { Files = Number(9_999_999) },
                "--load-minutes" => options with { LoadTime = TimeSpan.FromMinutes(Number(1440)) },
                "--files-folder" => options with { FilesFolder = Path.GetFullPath(Value()) },
                "--data" => options with { Data = Path.GetFullPath(Value()) },
                "--port" => options with { Port = Number(65_000) },
                "--smoke" => options.Smoke,
                "--report" => options with { Report = Value() },
                "--doozer" => options with { Doozer = Path.GetFullPath(Value()) },
                "--output" => options with { Output = Path.GetFullPath(Value()) },
                "--help" or "-h" => options with { WantsHelp = true },
                _ => throw new ArgumentException($"'{name}' is not an option; --help tells which there are."),
            };
            if (name is not ("--doozer" or "--output"))
                asked.AddRange(arguments.Skip(first).Take(i - first + 1));
        }

        return options with { CommandLine = string.Join(' ', asked) };
    }

    /// <summary>All that are to be measured.</summary>
    public IReadOnlyList<ISystem> Systems() =>
    [
        new DoozerSystem(Doozer, Port, Transports),
        .. Against.Select<string, ISystem>(name => name == "etcd"
            ? new EtcdSystem(Port + PortsOfOne)
            : new ZooKeeperSystem(Port + (2 * PortsOfOne))),
    ];

    private static int ParseNumber(string name, string text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= max
            ? number
            : throw new ArgumentException($"{name} needs a whole number from 1 to {max}, not '{text}'.");

    private static string[] Names(string name, string text, params string[] known)
    {
        string[] names = text.Split(',');
        return Array.Find(names, each => !known.Contains(each)) is { } unknown
            ? throw new ArgumentException($"{name} knows {string.Join(" and ", known)}, not '{unknown}'.")
            : names;
    }

    private static Operation ParseOperation(string text)
    {
        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            if (JsonNamingPolicy.KebabCaseLower.ConvertName(operation.ToString()) == text)
                return operation;
        }

        throw new ArgumentException($"--ops does not know '{text}'; --help tells which there are.");
    }
}
