using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Doozer.Benchmarks.Loads;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Systems;

namespace Doozer.Benchmarks;

/// <summary>All rounds, and the report.</summary>
internal sealed class BenchmarkRun : IDisposable
{
    /// <summary>Longer than any step takes: what hangs shall not hang for ever.</summary>
    private static readonly TimeSpan StepTime = TimeSpan.FromMinutes(5);

    private readonly BenchmarkOptions _options;
    private readonly IReadOnlyList<ISystem> _systems;
    private readonly BenchmarkPlan _plan;
    private readonly string _folder;
    private readonly string _data;
    private readonly List<ResultLine> _results = [];
    private int _done;
    private int _steps;

    public BenchmarkRun(BenchmarkOptions options)
    {
        _options = options;
        string time = TimeProvider.System.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        _folder = Path.Combine(options.Output, time);
        _data = Path.Combine(options.Data ?? _folder, $"data-{time}");
        Directory.CreateDirectory(_folder);
        Directory.CreateDirectory(_data);
        _systems = options.Systems();
        _plan = new BenchmarkPlan(options, Tell);
    }

    /// <summary>Runs it, and writes and prints the table: also of a part, when it is stopped.</summary>
    /// <returns>Whether all was measured, and without errors.</returns>
    public async Task<bool> Run(CancellationToken cancellation)
    {
        Add(await Surroundings(cancellation));
        try
        {
            await CheckMachine("before", cancellation);
            await Measure(cancellation);
            await CheckMachine("after", cancellation);
        }
        finally
        {
            string table = ResultTable.Of(_results);
            await File.WriteAllTextAsync(Path.Combine(_folder, "table.md"), table, CancellationToken.None);
            Console.WriteLine(table);
            Tell($"results.jsonl, table.md and the nodes' logs are in {_folder}");
        }

        return _results.OfType<Measurement>().All(each => each.IsGood);
    }

    public void Dispose()
    {
        foreach (IDisposable system in _systems.OfType<IDisposable>())
            system.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private async Task Measure(CancellationToken cancellation)
    {
        int rounds = _plan.HasRounds ? _options.Rounds : 0;
        string restarts = _options.FilesFolder ?? Path.Combine(_data, "files");
        foreach (ISystem system in _systems)
        {
            using var cluster = new Cluster(system, _data, _folder);
            _steps += (rounds * _plan.Round(cluster, 1).Count()) + (_plan.HasRestart ? _plan.Restart(cluster, _data).Count() : 0);
        }

        for (int round = 1; round <= rounds; round++)
        {
            foreach (ISystem system in _systems)
            {
                string data = Path.Combine(_data, system.Name);
                await Play(system, data, cluster => _plan.Round(cluster, round), cancellation);
                Directory.Delete(data, recursive: true);
            }
        }

        foreach (ISystem system in _systems.Where(_ => _plan.HasRestart))
        {
            string data = Path.Combine(restarts, system.Name);
            await Play(system, data, cluster => _plan.Restart(cluster, data), cancellation);
        }
    }

    private async Task Play(
        ISystem system, string data, Func<Cluster, IEnumerable<Step>> plan, CancellationToken cancellation)
    {
        Directory.CreateDirectory(data);
        using var cluster = new Cluster(system, data, _folder);
        Step[] steps = [.. plan(cluster)];
        for (int i = 0; i < steps.Length; i++)
        {
            _done++;
            Measurement result = await Do(steps[i], cluster, cancellation);
            Add(result);
            Tell($"{_done,4} of {_steps}  {Words.Of(result)}");
            if (result.Failed is not null && (steps[i].IsVital || !cluster.AllRun) && i < steps.Length - 1)
            {
                int skipped = steps.Length - i - 1;
                _done += skipped;
                Tell($"{skipped} more steps of this round cannot be done");
                return;
            }
        }
    }

    private async Task<Measurement> Do(Step step, Cluster cluster, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        TimeSpan limit = StepTime + (step.What.Operation == Operation.Restart ? _options.LoadTime : _options.Time);
        limited.CancelAfter(limit);
        try
        {
            Measurement result = await step.Run(step.What, limited.Token).WaitAsync(limited.Token);
            cluster.ThrowIfEnded();
            return result;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && limited.IsCancellationRequested)
        {
            return step.What with { Failed = $"it took more than {limit.TotalMinutes:F0} minutes" };
        }
        catch (Exception exception)
        {
            // Stopped, each library has an error of its own.
            cancellation.ThrowIfCancellationRequested();
            string code = LoadException.CodeOf(exception);
            return step.What with { Failed = code == exception.Message ? code : $"{code}: {exception.Message}" };
        }
    }

    private async Task CheckMachine(string when, CancellationToken cancellation)
    {
        MachineState state = await MachineCheck.Look(_data, when, cancellation);
        Add(state);
        Tell(Words.Of(state));
    }

    private async Task<Surroundings> Surroundings(CancellationToken cancellation)
    {
        string[] versions = await Task.WhenAll(_systems.Select(system => system.Version(cancellation)));
        string? processor = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        string? fileSystem = await ProgramOutput.Of("stat", ["-f", "-c", "%T", _data], cancellation);
        return new Surroundings
        {
            Time = TimeProvider.System.GetUtcNow(),
            Processor = processor?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString(),
            Cores = Environment.ProcessorCount,
            MemoryGiB = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
            Platform = $"{RuntimeInformation.OSDescription}, data on {fileSystem}, {RuntimeInformation.FrameworkDescription}",
            Versions = versions,
            Options = _options.CommandLine,
        };
    }

    private void Add(ResultLine line)
    {
        _results.Add(line);
        File.AppendAllText(Path.Combine(_folder, "results.jsonl"), line.ToJson() + "\n");
    }

    private static void Tell(string what) =>
        Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss}  {what}");
}
