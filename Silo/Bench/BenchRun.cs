using Doozer.Client;

namespace Doozer.Silo.Bench;

/// <summary>
/// A closed loop: every client waits for its answer before it asks again, so the load adapts to what the cluster can do.
/// </summary>
internal sealed class BenchRun(IDoozerClient client, BenchSettings settings, TimeProvider time, Action<string> tell)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Runs the bench; cancelling ends it early with what has been measured.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before anything was.</exception>
    public async Task<BenchReport> RunAsync(CancellationToken cancellationToken)
    {
        IDoozerNamespace store = client.Namespace(settings.Namespace);
        try
        {
            await client.CreateNamespaceAsync(settings.Namespace, cancellationToken: cancellationToken);
        }
        catch (NamespaceExistsException)
        {
            // Of an earlier bench, or somebody else's.
        }

        string[] paths = new string[settings.Keys];
        for (int i = 0; i < paths.Length; i++)
            paths[i] = $"/bench/k{i}";
        var clients = new BenchClient[settings.Clients];
        for (int i = 0; i < clients.Length; i++)
            clients[i] = new BenchClient(store, settings, paths, i, time);

        // One write first: what is wrong with the cluster or the namespace is then one sentence instead of a table of errors.
        await store.SetAsync(paths[0], new byte[settings.Size], Revisions.Clobber, cancellationToken: cancellationToken);
        if (settings.Operation != BenchOperation.Write)
            await Task.WhenAll(Array.ConvertAll(clients, each => each.PrefillAsync())).WaitAsync(cancellationToken);

        var phase = new BenchPhase();
        Task[] loops = Array.ConvertAll(clients, each => Task.Run(() => each.RunAsync(phase), CancellationToken.None));
        using var timer = new PeriodicTimer(Tick, time);
        bool isWarm = await TickAsync(timer, cancellationToken);
        long began = time.GetTimestamp();
        if (isWarm)
        {
            phase.Now = BenchPhase.Stage.Measured;
            await MeasureAsync(clients, timer, cancellationToken);
        }

        phase.Now = BenchPhase.Stage.Over;
        await Task.WhenAll(loops);
        if (!isWarm)
            cancellationToken.ThrowIfCancellationRequested();
        return Report(clients, time.GetElapsedTime(began));
    }

    private async Task MeasureAsync(BenchClient[] clients, PeriodicTimer timer, CancellationToken cancellationToken)
    {
        long before = DoneBy(clients);
        BenchLatencyHistogram latencies = LatenciesOf(clients);
        for (int second = 1; second <= settings.Seconds; second++)
        {
            if (!await TickAsync(timer, cancellationToken))
                return;
            long done = DoneBy(clients);
            BenchLatencyHistogram now = LatenciesOf(clients);
            double p99 = now.Since(latencies).Percentile(0.99) / 1000.0;
            tell($"{time.GetLocalNow():HH:mm:ss}  {second,4} s  {done - before,9:#,0} ops  p99 " +
                $"{p99,9:0.000} ms");
            (before, latencies) = (done, now);
        }
    }

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static long DoneBy(BenchClient[] clients)
    {
        long done = 0;
        foreach (BenchClient each in clients)
            done += each.Done;
        return done;
    }

    private BenchReport Report(BenchClient[] clients, TimeSpan elapsed)
    {
        var errors = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (BenchClient each in clients)
        {
            foreach ((string? code, long count) in each.Errors)
                errors[code] = errors.GetValueOrDefault(code) + count;
        }

        return new BenchReport(settings, elapsed, LatenciesOf(clients), errors);
    }

    private static BenchLatencyHistogram LatenciesOf(BenchClient[] clients)
    {
        var latencies = new BenchLatencyHistogram();
        foreach (BenchClient each in clients)
            latencies.Add(each.Latencies);
        return latencies;
    }
}
