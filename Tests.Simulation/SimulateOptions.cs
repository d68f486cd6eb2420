namespace Doozer.Simulation;

/// <summary>What the command line asks for.</summary>
internal sealed record SimulateOptions
{
    public const string Usage = """
        Usage: eng/simulate.sh [options]
          --seeds N          run N seeds (default 1000)
          --from N           the first of them (default 1)
          --jobs N           at a time (default: one per processor)
          --replay SEED      run one seed and tell its whole story
          --history FILE     with --replay: write what the clients did to FILE
          --mutation NAME    with a deliberate bug, which a seed should catch
          --mutations        look for the first seed that catches each deliberate bug
          --check FILE       check a history file instead
        """;

    public int Seeds { get; private set; } = 1000;

    public int From { get; private set; } = 1;

    public int Jobs { get; private set; } = Environment.ProcessorCount;

    public int? Replay { get; private set; }

    public string? HistoryFile { get; private set; }

    public Mutation Mutation { get; private set; }

    public bool AllMutations { get; private set; }

    public string? Check { get; private set; }

    public bool WantsHelp { get; private set; }

    /// <exception cref="ArgumentException">The command line is not understood; the message says why.</exception>
    public static SimulateOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SimulateOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"{name} needs a value.");
            int Number(int least) => int.TryParse(Value(), out int number) && number >= least
                ? number
                : throw new ArgumentException($"{name} needs a whole number from {least} on, not '{arguments[i]}'.");
            options = name switch
            {
                "--seeds" => options with { Seeds = Number(1) },
                "--from" => options with { From = Number(0) },
                "--jobs" => options with { Jobs = Number(1) },
                "--replay" => options with { Replay = Number(0) },
                "--history" => options with { HistoryFile = Value() },
                "--mutation" => options with { Mutation = ParseMutation(Value()) },
                "--mutations" => options with { AllMutations = true },
                "--check" => options with { Check = Value() },
                "--help" or "-h" => options with { WantsHelp = true },
                _ => throw new ArgumentException($"'{name}' is not an option; --help tells which there are."),
            };
        }

        return options;
    }

    private static Mutation ParseMutation(string name) =>
        Enum.TryParse<Mutation>(name, ignoreCase: true, out Mutation mutation) && Enum.IsDefined(mutation)
        ? mutation
        : throw new ArgumentException($"'{name}' is not a mutation; there are {string.Join(", ", Enum.GetNames<Mutation>())}.");
}
