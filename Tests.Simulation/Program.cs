using System.Diagnostics;
using Doozer.Simulation;

try
{
    var options = SimulateOptions.Parse(args);
    if (options.WantsHelp)
    {
        Console.WriteLine(SimulateOptions.Usage);
        return 0;
    }

    return options switch
    {
        { Check: { } file } => Check(file),
        { Replay: { } seed } => Replay(seed, options),
        { AllMutations: true } => SearchMutations(options),
        _ => RunSeeds(options),
    };
}
catch (Exception exception)
    when (exception is ArgumentException or IOException or UnauthorizedAccessException or InvalidDataException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

static int RunSeeds(SimulateOptions options)
{
    var runner = new SeedRunner(options.Mutation, options.Jobs);
    var clock = Stopwatch.StartNew();
    using var progress = new Timer(
        _ => Console.Error.WriteLine(Progress(runner, clock)), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
    (int Seed, string Story)? failure = runner.Run(options.From, options.Seeds);
    progress.Change(Timeout.Infinite, Timeout.Infinite);
    Console.WriteLine(Progress(runner, clock));
    if (failure is not { } failed)
        return 0;
    Console.WriteLine(failed.Story);
    Console.WriteLine("Replay it with: eng/simulate.sh --replay " +
        $"{failed.Seed}{(options.Mutation == Mutation.None ? "" : $" --mutation {options.Mutation}")}");
    return 1;
}

static string Progress(SeedRunner runner, Stopwatch clock)
{
    RunSummary total = runner.Total;
    return $"{runner.Done} seeds, {runner.Done / clock.Elapsed.TotalSeconds:F1}/s, {total.Steps} steps, {total.Faults} faults, " +
        $"{total.Changes} changes of quorums, " +
        $"{total.Elections} elections, {total.WentQuiet} times quiet, "
        + $"{total.Snapshots} snapshots, {total.Installed} pulled, {total.Chosen} slots, {total.Acknowledged} writes, " +
            $"{total.Reads} reads, {runner.Failures} failures";
}

static int Replay(int seed, SimulateOptions options)
{
    string? broken = RandomRun.Replay(
        seed, options.Mutation, Console.WriteLine, out RunSummary summary, out IReadOnlyList<Operation>? history);
    if (options.HistoryFile is { } file)
    {
        using var writer = new StreamWriter(file);
        HistoryFile.Write(writer, history);
    }

    Console.WriteLine($"digest {summary.Digest:x8}");
    Console.WriteLine(broken is null ? $"Seed {seed} breaks nothing." : $"Seed {seed}: {broken}");
    return broken is null ? 0 : 1;
}

static int SearchMutations(SimulateOptions options)
{
    int missed = 0;
    foreach (Mutation mutation in Enum.GetValues<Mutation>())
    {
        if (mutation == Mutation.None)
            continue;
        (int Seed, string Story)? failure = new SeedRunner(mutation, options.Jobs).Run(options.From, options.Seeds);
        missed += failure is null ? 1 : 0;
        Console.WriteLine(failure is { } caught
            ? $"{mutation}: seed {caught.Seed}: {caught.Story.Split('\n')[0]}"
            : $"{mutation}: not caught by seeds {options.From} to {options.From + options.Seeds - 1}");
    }

    return missed == 0 ? 0 : 1;
}

static int Check(string file)
{
    using var reader = new StreamReader(file);
    List<Operation> history = HistoryFile.Read(reader);
    string? violation = HistoryChecker.FindViolation(history);
    Console.WriteLine(violation ?? $"{history.Count} operations, linearizable.");
    return violation is null ? 0 : 1;
}
