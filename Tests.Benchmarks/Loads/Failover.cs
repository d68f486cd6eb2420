using System.Collections.Concurrent;
using System.Diagnostics;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Stores;
using Doozer.Benchmarks.Systems;
using Doozer.Chaos.Nodes;

namespace Doozer.Benchmarks.Loads;

/// <summary>
/// One writer, and a leader that is killed or stopped under it. Where the client library does not look for another node itself,
/// the writer takes the next one whenever an attempt fails or takes too long.
/// </summary>
internal static class Failover
{
    /// <summary>The leader gets SIGKILL: its connections break.</summary>
    public const string Kill = "kill";

    /// <summary>The leader gets SIGSTOP: it falls silent.</summary>
    public const string Pause = "pause";

    private const string Path = "/bench/failover";

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AttemptTime = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AttemptPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Measures it, and makes all nodes serve again.</summary>
    /// <param name="measurement">What the figures are of; its variant is the fault.</param>
    /// <param name="cluster">Where.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Measurement> Run(Measurement measurement, Cluster cluster, CancellationToken cancellation)
    {
        await using IStore store = await cluster.Connect(measurement.System, ISystem.Nodes, cancellation);
        NodeProcess leader = cluster.Node(await cluster.Leader(cancellation));
        var errors = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(Before + After + Patience);
        try
        {
            // The connections are the leader's first; the writer begins at another.
            var writer = new Writer(store, errors) { Client = 1 };
            await writer.Run(Before, over.Token);
            Task fault = Strike(leader, measurement.Variant!);
            TimeSpan gap = await writer.Run(After, over.Token);
            await fault;
            return measurement with { GapMs = Math.Round(gap.TotalMilliseconds, 1), Errors = errors };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LoadException($"no write succeeded for {Patience.TotalSeconds:F0} s: {string.Join(", ", errors.Keys)}");
        }
        finally
        {
            leader.Continue();
            await cluster.Start(expected: null, cancellation);
        }
    }

    private static Task Strike(NodeProcess leader, string fault)
    {
        if (fault == Kill)
            return leader.Kill();
        leader.Pause();
        return Task.CompletedTask;
    }

    private sealed class Writer(IStore store, ConcurrentDictionary<string, long> errors)
    {
        private long _lastSuccess;

        public int Client { get; set; }

        /// <summary>Writes for a while, and at least until one more write has succeeded.</summary>
        /// <returns>The longest time between two that succeeded.</returns>
        public async Task<TimeSpan> Run(TimeSpan time, CancellationToken cancellation)
        {
            long began = Stopwatch.GetTimestamp();
            TimeSpan longest = TimeSpan.Zero;
            do
            {
                await Write(cancellation);
                long now = Stopwatch.GetTimestamp();
                if (_lastSuccess != 0 && Stopwatch.GetElapsedTime(_lastSuccess, now) is var gap && gap > longest)
                    longest = gap;
                _lastSuccess = now;
            }
            while (Stopwatch.GetElapsedTime(began) < time);
            return longest;
        }

        private async Task Write(CancellationToken cancellation)
        {
            while (true)
            {
                using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                if (!store.FindsOtherNodes)
                    attempt.CancelAfter(AttemptTime);
                try
                {
                    await store.Write(Client, Path, new byte[ClosedLoop.Bytes], attempt.Token).WaitAsync(attempt.Token);
                    return;
                }
                catch (Exception exception)
                {
                    cancellation.ThrowIfCancellationRequested();
                    errors.AddOrUpdate(LoadException.CodeOf(exception), 1, static (_, count) => count + 1);
                    Client = (Client + 1) % ISystem.Nodes;
                    await Task.Delay(AttemptPause, TimeProvider.System, cancellation);
                }
            }
        }
    }
}
