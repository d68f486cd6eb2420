using System.Diagnostics;
using Doozer.Benchmarks.Reports;
using Microsoft.Win32.SafeHandles;

namespace Doozer.Benchmarks.Machine;

/// <summary>Looks whether the machine is quiet enough to measure on it, and how fast its disk makes bytes durable.</summary>
internal static class MachineCheck
{
    private const double QuietShare = 0.05;
    private const int Flushes = 200;
    private const int BlockBytes = 4096;

    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(3);

    /// <param name="folder">On the disk that the nodes will use.</param>
    /// <param name="when">What the report calls this moment.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<MachineState> Look(string folder, string when, CancellationToken cancellation)
    {
        double before = CpuMeter.BusySeconds();
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(Watched, TimeProvider.System, cancellation);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        double busy = (CpuMeter.BusySeconds() - before) / seconds / Environment.ProcessorCount;
        double[] flushes = Flush(Path.Combine(folder, "flushes"));
        return new MachineState
        {
            When = when,
            BusyShare = Math.Round(busy, 3),
            IsQuiet = busy < QuietShare,
            FlushP50Ms = Math.Round(flushes[Flushes / 2], 3),
            FlushP99Ms = Math.Round(flushes[Flushes * 99 / 100], 3),
        };
    }

    /// <summary>How long it took, each time, to append a block and make it durable: milliseconds, ordered.</summary>
    private static double[] Flush(string path)
    {
        double[] took = new double[Flushes];
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, options: FileOptions.DeleteOnClose))
        {
            byte[] block = new byte[BlockBytes];
            for (int i = 0; i < took.Length; i++)
            {
                long began = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, (long)i * BlockBytes);
                RandomAccess.FlushToDisk(file);
                took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        }

        Array.Sort(took);
        return took;
    }
}
