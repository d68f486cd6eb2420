using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Doozer.Benchmarks.Machine;

/// <summary>Who used the processors.</summary>
/// <param name="NodeSeconds">Processor time of the nodes.</param>
/// <param name="ClientSeconds">Of this program, which is the load.</param>
/// <param name="OtherShare">Which share of all processors somebody else used, the kernel's own threads included: 0 to 1.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CpuUse(double NodeSeconds, double ClientSeconds, double OtherShare);

/// <summary>Measures who uses the processors, from the moment it is made.</summary>
internal sealed class CpuMeter
{
    private readonly IReadOnlyList<int> _nodes;
    private readonly double _nodesBefore;
    private readonly double _clientBefore;
    private readonly double _busyBefore;
    private readonly long _began = Stopwatch.GetTimestamp();

    /// <param name="nodes">The ids of the nodes' processes.</param>
    public CpuMeter(IReadOnlyList<int> nodes)
    {
        _nodes = nodes;
        _nodesBefore = OfNodes();
        _clientBefore = ProcessFigures.CpuSeconds(Environment.ProcessId);
        _busyBefore = BusySeconds();
    }

    public CpuUse Read()
    {
        double seconds = Stopwatch.GetElapsedTime(_began).TotalSeconds;
        double nodes = OfNodes() - _nodesBefore;
        double client = ProcessFigures.CpuSeconds(Environment.ProcessId) - _clientBefore;
        double others = Math.Max(0, BusySeconds() - _busyBefore - nodes - client);
        return new CpuUse(nodes, client, others / seconds / Environment.ProcessorCount);
    }

    /// <summary>How long the processors of the machine were busy since it started, all together.</summary>
    internal static double BusySeconds()
    {
        string[] all = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // user, nice and system; then, after idle and iowait, irq and softirq.
        return ((int[])[1, 2, 3, 6, 7]).Sum(field => ProcessFigures.Number(all[field])) / ProcessFigures.TicksPerSecond;
    }

    private double OfNodes() => _nodes.Sum(ProcessFigures.CpuSeconds);
}
