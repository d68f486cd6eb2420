using System.Diagnostics;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Stores;
using Doozer.Benchmarks.Systems;

namespace Doozer.Benchmarks.Loads;

/// <summary>One writer at a steady rate, and many watchers of its file.</summary>
internal static class FanOut
{
    private const string Path = "/bench/watched";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Measures it.</summary>
    /// <param name="measurement">What the figures are of; its clients are the watchers.</param>
    /// <param name="cluster">Where.</param>
    /// <param name="time">How long.</param>
    /// <param name="rate">Writes in a second; a writer that cannot keep up writes as fast as it can.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Measurement> Run(
        Measurement measurement, Cluster cluster, TimeSpan time, int rate, CancellationToken cancellation)
    {
        var recorder = new WatchRecorder(measurement.Clients!.Value, (int)(time.TotalSeconds * rate) + 1);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using IStore writer = await cluster.Connect(measurement.System, 1, cancellation);
        await using IStore watched = await cluster.Connect(measurement.System, Math.Max(2, recorder.Watchers), cancellation);
        try
        {
            await writer.Create(0, Path, new byte[ClosedLoop.Bytes], cancellation);
            await watched.Watch(Path, recorder, over.Token);
            await Write(writer, recorder: null, WarmUp, rate, cancellation);
            var cpu = new CpuMeter(cluster.Processes);
            long began = Stopwatch.GetTimestamp();
            int writes = await Write(writer, recorder, time, rate, cancellation);
            await WaitFor(recorder, writes, cancellation);
            long ended = Math.Max(recorder.LastDelivery, began + 1);
            return (measurement with { Skipped = recorder.Skipped, Errors = Errors(recorder, writes) })
                .WithLoad(recorder.Latencies, Stopwatch.GetElapsedTime(began, ended), cpu.Read());
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    /// <returns>The number of the last write.</returns>
    private static async Task<int> Write(
        IStore writer, WatchRecorder? recorder, TimeSpan time, int rate, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        int number = 0;
        while (true)
        {
            var due = TimeSpan.FromSeconds((double)number / rate);
            if (due >= time || Stopwatch.GetElapsedTime(began) >= time)
                return number;
            TimeSpan early = due - Stopwatch.GetElapsedTime(began);
            if (early > TimeSpan.Zero)
                await Task.Delay(early, TimeProvider.System, cancellation);
            number++;
            byte[] body = new byte[ClosedLoop.Bytes];
            WatchRecorder.Number(body, recorder is null ? 0 : number);
            recorder?.Begins(number);
            await writer.Write(0, Path, body, cancellation).WaitAsync(Patience, TimeProvider.System, cancellation);
        }
    }

    private static async Task WaitFor(WatchRecorder recorder, int number, CancellationToken cancellation)
    {
        long began = Stopwatch.GetTimestamp();
        while (recorder.Behind(number) > 0 && Stopwatch.GetElapsedTime(began) < Patience)
            await Task.Delay(Pause, TimeProvider.System, cancellation);
    }

    private static Dictionary<string, long> Errors(WatchRecorder recorder, int number)
    {
        var errors = new Dictionary<string, long>(StringComparer.Ordinal);
        if (recorder.Failure is { } failure)
            errors[LoadException.CodeOf(failure)] = 1;
        if (recorder.Behind(number) is > 0 and var behind)
            errors["watchers-behind"] = behind;
        return errors;
    }
}
