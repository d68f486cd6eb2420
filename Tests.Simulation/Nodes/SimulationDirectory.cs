using Doozer.Storage;
using Doozer.Storage.Format;
using Microsoft.Extensions.Logging;

namespace Doozer.Simulation;

/// <summary>
/// A node's data directory on its simulated disk, in one life: the real log and snapshots, and the deliberate bugs of disks.
/// </summary>
internal sealed class SimulationDirectory : IDataDirectory
{
    private const string Root = "data";
    private readonly SimulationNode _node;
    private readonly SimulationProcess _process;
    private readonly SimulationCluster _cluster;
    private readonly TaskScheduler _background;

    public SimulationDirectory(
        SimulationNode node, SimulationProcess process, SimulationCluster cluster, TaskScheduler background)
    {
        _node = node;
        _process = process;
        _cluster = cluster;
        _background = background;
        node.Disk.Attach(node, process);
        Snapshots = SnapshotStore.Open(node.Disk.Device, Root);
        foreach (string @namespace in cluster.Namespaces)
            cluster.Checks(@namespace).OnStart(node.Name);
        node.Disk.Device.Bug = cluster.Mutation switch
        {
            Mutation.VoteBeforeFsync => DiskBug.LogIsNotFlushed,
            Mutation.SnapshotNameIsNotFlushed => DiskBug.SnapshotNamesAreNotFlushed,
            Mutation.TornTailIsNotZeroed => DiskBug.TornTailIsNotZeroed,
            Mutation.FoundIsTakenForDurable => DiskBug.KnownBytesAreNotWritten,
            _ => DiskBug.None,
        };
    }

    public string Path => Root;

    public Guid Incarnation => _node.Disk.Incarnation;

    public string LogDirectory => $"{Root}/log";

    public SnapshotStore Snapshots { get; }

    public INodeLog OpenLog(
        WriteAheadLogOptions options,
        Action<string, ReadOnlyMemory<byte>> replay,
        ILogger logger,
        Action<StorageException> onFatal)
    {
        var found = new List<(string Group, ReadOnlyMemory<byte> Payload)>();
        var log = WriteAheadLog.Open(
            _node.Disk.Device,
            LogDirectory,
            options,
            (group, payload) => found.Add((group, payload)),
            logger,
            onFatal,
            _node.Disk.LogStarted,
            Snapshots.Manifest.OldestSegment,
            new SimulationLogRunner(_process, _node.Disk, _cluster.Random),
            _background);
        _node.Disk.LogStarted = true;
        _node.Disk.LogChecks.OnOpened(_node.Disk.Device, LogDirectory);
        _node.Disk.LogChecks.OnRecovered(found);
        if (_cluster.Mutation == Mutation.RecoveryDropsLastRecord
            && found.FindLastIndex(record => record.Group[0] != '@') is >= 0 and var last)
        {
            found.RemoveAt(last);
        }

        foreach ((string group, ReadOnlyMemory<byte> payload) in found)
            replay(group, JournalBugs.Recovered(_cluster.Mutation, group, payload));
        return new CheckedLog(log, _node, _cluster, Snapshots);
    }

    public long FreeBytes() => long.MaxValue;

    public int NewSeed() => _cluster.Random.Next();

    public void Dispose()
    {
        // Nothing is held: a simulated process is never stopped in order.
    }
}
