using System.Collections.Concurrent;
using System.Diagnostics;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Stores;
using Doozer.Benchmarks.Systems;
using Doozer.Silo.Bench;

namespace Doozer.Benchmarks.Loads;

/// <summary>
/// Clients of which each does one operation after the other. One that began while it was measured counts, however long it took.
/// </summary>
/// <param name="store">What they use.</param>
/// <param name="operation">What they do.</param>
/// <param name="clients">How many they are.</param>
internal sealed class ClosedLoop(IStore store, Operation operation, int clients)
{
    /// <summary>Length of a body.</summary>
    public const int Bytes = 128;

    private const int Files = 1000;
    private const int WritesOfMixed = 10;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // An error must not look like speed.
    private static readonly TimeSpan PauseAfterError = TimeSpan.FromMilliseconds(10);

    private static readonly string[] Paths = [.. Enumerable.Range(0, Files).Select(file => $"/bench/k{file}")];

    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly BenchPhase _phase = new();

    /// <summary>Creates the files that all loops read and write.</summary>
    /// <param name="store">Through this.</param>
    /// <param name="clients">By so many clients.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task Prepare(IStore store, int clients, CancellationToken cancellation) => Parallel.ForAsync(
        0,
        Files,
        new ParallelOptions { MaxDegreeOfParallelism = clients, CancellationToken = cancellation },
        async (file, stop) => await store.Create(file % clients, Paths[file], new byte[Bytes], stop));

    /// <summary>Measures it.</summary>
    /// <param name="system">What the figures are of.</param>
    /// <param name="nodes">The processes whose use of the processors counts as the server's.</param>
    /// <param name="time">How long.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Measurement> Run(
        Measurement system, IReadOnlyList<int> nodes, TimeSpan time, CancellationToken cancellation)
    {
        BenchLatencyHistogram[] latencies = [.. Enumerable.Range(0, clients).Select(_ => new BenchLatencyHistogram())];
        Task[] loops = [.. latencies.Select((each, client) => Task.Run(() => Client(client, each, cancellation), cancellation))];
        await Task.Delay(WarmUp, TimeProvider.System, cancellation);
        var cpu = new CpuMeter(nodes);
        long began = Stopwatch.GetTimestamp();
        _phase.Now = BenchPhase.Stage.Measured;
        await Task.Delay(time, TimeProvider.System, cancellation);
        _phase.Now = BenchPhase.Stage.Over;
        try
        {
            await Task.WhenAll(loops).WaitAsync(Patience, TimeProvider.System, cancellation);
        }
        catch (TimeoutException)
        {
            _errors["no-answer"] = loops.Count(loop => !loop.IsCompleted);
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        var all = new BenchLatencyHistogram();
        foreach (BenchLatencyHistogram each in latencies)
            all.Add(each);
        return (system with { Clients = clients, Errors = _errors }).WithLoad(all, elapsed, cpu.Read());
    }

    private async Task Client(int client, BenchLatencyHistogram latencies, CancellationToken cancellation)
    {
        var random = new Random(client);
        byte[] body = new byte[Bytes];
        random.NextBytes(body);
        while (_phase.Now != BenchPhase.Stage.Over)
        {
            bool isMeasured = _phase.Now == BenchPhase.Stage.Measured;
            long began = Stopwatch.GetTimestamp();
            try
            {
                await Operate(client, Paths[random.Next(Files)], body, random, cancellation);
                if (isMeasured)
                    latencies.Record((long)Stopwatch.GetElapsedTime(began).TotalMicroseconds);
            }
            catch (Exception exception)
            {
                cancellation.ThrowIfCancellationRequested();
                if (isMeasured)
                    _errors.AddOrUpdate(LoadException.CodeOf(exception), 1, static (_, count) => count + 1);
                await Task.Delay(PauseAfterError, TimeProvider.System, cancellation);
            }
        }
    }

    private async Task Operate(int client, string path, byte[] body, Random random, CancellationToken cancellation)
    {
        if (operation is Operation.Lock or Operation.OwnLock)
        {
            await store.Lock(client, operation == Operation.Lock ? "/bench/lock" : $"/bench/locks/{client}", cancellation);
            return;
        }

        bool writes = operation == Operation.Write || (operation == Operation.Mixed && random.Next(WritesOfMixed) == 0);
        if (writes)
            await store.Write(client, path, body, cancellation);
        else if ((await store.Read(client, path, operation == Operation.LocalRead, cancellation))?.Length != Bytes)
            throw new LoadException("wrong-body");
    }
}
