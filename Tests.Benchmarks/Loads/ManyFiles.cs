using System.Diagnostics;
using System.Globalization;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Stores;
using Doozer.Benchmarks.Systems;
using Doozer.Silo.Bench;

namespace Doozer.Benchmarks.Loads;

/// <summary>
/// Creates many files. How far it came is kept in a file beside the nodes' data: with them a later run goes on from there.
/// </summary>
/// <param name="folder">Where that file is.</param>
/// <param name="files">How many there shall be.</param>
internal sealed class ManyFiles(string folder, long files)
{
    private const int Clients = 256;
    private const int FilesInDirectory = 1000;
    private const int Attempts = 20;

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AttemptTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AttemptPause = TimeSpan.FromMilliseconds(200);

    private readonly string _progress = System.IO.Path.Combine(folder, "loaded");
    private readonly BenchLatencyHistogram[] _latencies =
        [.. Enumerable.Range(0, Clients).Select(_ => new BenchLatencyHistogram())];
    private readonly long[] _underWay = new long[Clients];
    private long _next;

    /// <summary>All files with lower numbers are there.</summary>
    public long Loaded { get; private set; }

    /// <summary>The last of those that are there; null when there is none.</summary>
    public string? Last => Loaded == 0 ? null : Path(Loaded - 1);

    /// <summary>Loads until all are there or the time is over.</summary>
    /// <param name="measurement">What the figures are of.</param>
    /// <param name="cluster">Where.</param>
    /// <param name="time">At most so long.</param>
    /// <param name="tell">Hears how far it is.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Measurement> Load(
        Measurement measurement, Cluster cluster, TimeSpan time, Action<string> tell, CancellationToken cancellation)
    {
        Loaded = File.Exists(_progress) ? long.Parse(await File.ReadAllTextAsync(_progress, cancellation)) : 0;
        _next = Loaded;
        Array.Fill(_underWay, _next);
        await using IStore store = await cluster.Connect(cluster.System.Probe, Clients, cancellation);
        var cpu = new CpuMeter(cluster.Processes);
        long began = Stopwatch.GetTimestamp();
        bool IsOver() => Stopwatch.GetElapsedTime(began) >= time;
        var all = Task.WhenAll(Enumerable.Range(0, Clients).Select(client =>
            Task.Run(() => Client(store, client, IsOver, cancellation), cancellation)));
        while (await Task.WhenAny(all, Task.Delay(Tick, TimeProvider.System, cancellation)) != all)
        {
            await Keep();
            tell($"{Loaded:#,0} of {files:#,0} files");
        }

        await all;
        await Keep();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(began);
        var latencies = new BenchLatencyHistogram();
        foreach (BenchLatencyHistogram each in _latencies)
            latencies.Add(each);
        return (measurement with { Clients = Clients, Files = Loaded }).WithLoad(latencies, elapsed, cpu.Read());
    }

    private static string Path(long file) => string.Create(
        CultureInfo.InvariantCulture, $"/files/d{file / FilesInDirectory:d4}/f{file:d7}");

    private async Task Client(IStore store, int client, Func<bool> isOver, CancellationToken cancellation)
    {
        byte[] body = new byte[ClosedLoop.Bytes];
        new Random(client).NextBytes(body);
        while (!isOver())
        {
            long file = Interlocked.Increment(ref _next) - 1;
            if (file >= files)
                break;
            Volatile.Write(ref _underWay[client], file);
            long began = Stopwatch.GetTimestamp();
            await Create(store, client, Path(file), body, cancellation);
            _latencies[client].Record((long)Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }

        Volatile.Write(ref _underWay[client], long.MaxValue);
    }

    private static async Task Create(IStore store, int client, string path, byte[] body, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await store.Create(client, path, body, cancellation).WaitAsync(AttemptTime, TimeProvider.System, cancellation);
                return;
            }
            catch (Exception) when (attempt < Attempts && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(attempt * AttemptPause, TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>A file is there when neither it nor one before it is still under way.</summary>
    private async Task Keep()
    {
        long next = Math.Min(Interlocked.Read(ref _next), files);
        long lowest = long.MaxValue;
        for (int client = 0; client < Clients; client++)
            lowest = Math.Min(lowest, Volatile.Read(ref _underWay[client]));
        Loaded = Math.Max(Loaded, Math.Min(next, lowest));
        await File.WriteAllTextAsync(_progress, Loaded.ToString(CultureInfo.InvariantCulture));
    }
}
