using System.Diagnostics.CodeAnalysis;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Simulation;

/// <summary>
/// A node's log: the real segments and their recovery on a simulated disk. As in a node, what gathers while one write is on its
/// way to the disk goes out as the next, with one flush; here the flush takes virtual time. Times are in microseconds.
/// </summary>
internal sealed class SimulationLog(SimulationClock clock, Random random, int seed)
{
    public const string Group = "simulated";
    private const string Directory = "log";
    private const string Root = "data";

    private static readonly WriteAheadLogOptions Sizes =
        new() { SegmentBytes = 8 << 10, MaxRecordBytes = 6 << 10, MaxQueuedBytes = 1 << 20 };

    private readonly SimulatedDisk _device = new(seed);
    private SegmentedLog? _log;
    private SnapshotStore? _snapshots;
    private AppendBatch _gathering = new();
    private AppendBatch _writing = new();
    private List<Action> _gathered = [];
    private List<Action> _done = [];
    private bool _writes;
    private int _life;
    private int _operationsLeft;
    private bool _failsFlush;

    public SnapshotStore Snapshots => _snapshots!;

    /// <summary>The segment that is being written.</summary>
    public long Sequence => _log!.Sequence;

    public int MinSync { get; set; } = 200;

    /// <summary>Longest flush.</summary>
    public int MaxSync { get; set; } = 3000;

    /// <summary>Is told what goes wrong in a write that was under way: <see cref="PowerLossException"/> or <see cref="IOException"/>.</summary>
    public Action<Exception> OnFailure { get; set; } = static _ => { };

    /// <summary>Lets the power go away in the middle of the disk's so-manieth operation from now.</summary>
    public void LosePowerAfter(int operations) => _operationsLeft = operations;

    /// <summary>Lets the next flush fail, which is the end of the process.</summary>
    public void FailFlush() => _failsFlush = true;

    public void CancelFailures()
    {
        _operationsLeft = 0;
        _failsFlush = false;
    }

    /// <summary>Reads snapshot and log, or makes a log.</summary>
    /// <param name="treeOptions">Limits of the tree.</param>
    /// <param name="dropped">Newest payloads to leave out; only a deliberate bug leaves out any.</param>
    public RecoveredReplica Open(TreeOptions treeOptions, int dropped = 0)
    {
        _device.Before = Before;
        _snapshots = SnapshotStore.Open(_device, Root);
        RecoveredReplica recovered = Load(treeOptions);
        var payloads = new List<ReadOnlyMemory<byte>>();
        _log = SegmentedLog.Open(
            _device, Directory, Sizes, (_, payload) => payloads.Add(payload), NullLogger.Instance, oldest: _snapshots.Manifest.OldestSegment);
        var records = new List<JournalRecord>();
        for (int i = 0; i < payloads.Count - dropped; i++)
            JournalCodec.Decode(payloads[i], records);
        foreach (JournalRecord record in records)
            recovered.State.Replay(record);
        recovered.State.Complete();
        _snapshots.RemoveLeftovers();
        return recovered;
    }

    /// <summary>Drops the segments before this one.</summary>
    public void DropBefore(long sequence)
    {
        Snapshots.AdvanceOldestSegment(sequence);
        _log!.RemoveBefore(sequence);
    }

    /// <summary>Appends; sooner or later it is durable, with all before, and that is said then.</summary>
    public void Append(byte[] payload, Action durable)
    {
        _ = _gathering.Add(Group, Group.Length, payload);
        _gathered.Add(durable);
        if (!_writes)
            Write();
    }

    /// <summary>The process dies. What it had written is still in the system's cache.</summary>
    public void Kill()
    {
        _life++;
        _writes = false;
        _log = null;
        _gathered.Clear();
        _done.Clear();
        _gathering.Reset();
        _writing.Reset();
        CancelFailures();
        _device.Before = static _ => { };
    }

    /// <summary>The machine dies: of what was not flushed, any sectors may be on the disk.</summary>
    public void LosePower()
    {
        Kill();
        _device.Crash(random);
    }

    private RecoveredReplica Load(TreeOptions treeOptions)
    {
        var state = new DurableState();
        if (Snapshots.Manifest.Find(Group) is not { } entry)
            return new RecoveredReplica(state, new VersionedTree(treeOptions), null);
        using SnapshotReader reader = Snapshots.OpenReader(entry);
        VersionedTree tree = TreeSnapshotFile.Load(reader, treeOptions);
        state.StartAfter(entry.Slot);
        return new RecoveredReplica(state, tree, entry);
    }

    private void Write()
    {
        _writes = true;
        (_gathering, _writing) = (_writing, _gathering);
        (_gathered, _done) = (_done, _gathered);
        WriteFrom(0);
    }

    private void WriteFrom(int position)
    {
        if (!Try(() => position += _log!.Write(_writing.Records[position..])))
            return;
        int life = _life;
        clock.Schedule(random.Next(MinSync, MaxSync + 1), () =>
        {
            if (life != _life || !Try(_log!.Flush))
                return;
            if (position < _writing.Length)
                WriteFrom(position);
            else
                Complete();
        });
    }

    private void Complete()
    {
        int life = _life;
        _writing.Reset();
        foreach (Action durable in _done)
        {
            durable();
            if (life != _life)
                return;
        }

        _done.Clear();
        _writes = false;
        if (_gathering.Count > 0)
            Write();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Both kinds of failure go the same way.")]
    private bool Try(Action operation)
    {
        try
        {
            operation();
            return true;
        }
        catch (Exception failure) when (failure is PowerLossException or IOException)
        {
            OnFailure(failure);
            return false;
        }
    }

    private void Before(string operation)
    {
        if (_operationsLeft > 0 && --_operationsLeft == 0)
            throw new PowerLossException();
        if (!_failsFlush || operation != "flush")
            return;
        _failsFlush = false;
        _device.LoseFlush(random);
        throw new IOException("Input/output error");
    }
}
