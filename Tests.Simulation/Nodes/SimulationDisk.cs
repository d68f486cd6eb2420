using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>
/// A node's disk through all its lives: how slow it is, and what will go wrong with it. Times are in microseconds.
/// </summary>
internal sealed class SimulationDisk(SimulationCluster cluster, string node, int seed)
{
    private int _operationsLeft;
    private bool _keepsPower;
    private bool _failsFlush;

    /// <summary>Some have small sectors: a torn write has more holes there.</summary>
    public SimulatedDisk Device { get; } = new(seed, seed % 2 == 0 ? 512 : 128);

    /// <summary>The identity of the node's data.</summary>
    public Guid Incarnation { get; } = cluster.NewRequestId();

    /// <summary>What the log on this disk owes.</summary>
    public LogChecker LogChecks { get; } = new(node);

    /// <summary>Whether a log was ever opened here.</summary>
    public bool LogStarted { get; set; }

    /// <summary>Shortest flush of the log.</summary>
    public int MinSync { get; set; } = 200;

    /// <summary>Longest flush of the log.</summary>
    public int MaxSync { get; set; } = 3000;

    /// <summary>Bytes of the largest snapshot.</summary>
    public int LargestSnapshot => Device.Paths
        .Where(static path => path.EndsWith(SnapshotStore.Extension, StringComparison.Ordinal))
        .Select(path => Device[path].Length)
        .DefaultIfEmpty()
        .Max();

    /// <summary>Lets the power go away in the middle of the Nth operation from now, or only the process.</summary>
    public void EndAfter(int operations, bool keepsPower = false) => (_operationsLeft, _keepsPower) = (operations, keepsPower);

    /// <summary>Lets the next flush of a file fail.</summary>
    public void FailFlush() => _failsFlush = true;

    public void CancelFailures()
    {
        _operationsLeft = 0;
        _failsFlush = false;
    }

    /// <summary>The machine dies: of what was not flushed, any sectors may be on the disk.</summary>
    public void Crash() => Device.Crash(cluster.Random);

    /// <summary>From now on this process uses the disk.</summary>
    public void Attach(SimulationNode node, SimulationProcess process) => Device.Before = operation =>
    {
        if (process.IsDead)
            throw new PowerLossException();
        if (_operationsLeft > 0 && --_operationsLeft == 0)
        {
            if (_keepsPower)
                node.Kill();
            else
                node.Crash();
            throw new PowerLossException();
        }

        if (!_failsFlush || operation != SimulatedDisk.FlushOperation)
            return;
        _failsFlush = false;
        process.MayStop = true;
        throw new IOException("Input/output error");
    };
}
