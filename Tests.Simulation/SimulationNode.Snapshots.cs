using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>Takes snapshots, gives them to peers and takes theirs over, in steps between which anything may happen.</summary>
internal sealed partial class SimulationNode
{
    private static readonly TimeSpan PullTime = TimeSpan.FromMilliseconds(50);

    /// <summary>How many snapshots it has taken of its own tree.</summary>
    public int Snapshots { get; private set; }

    /// <summary>How often it has gone on from another node's snapshot.</summary>
    public int Installed { get; private set; }

    private SnapshotSource? _source;
    private SnapshotFile? _pulled;
    private TreeCapture? _stale;
    private long _snapshotSlot;
    private bool _isSaving;

    private void StartFrom(RecoveredReplica disk)
    {
        Tree = disk.Tree;
        Applied = _snapshotSlot = disk.Snapshot?.Slot ?? 0;
        _source = new SnapshotSource(SimulationLog.Group, Log.Snapshots, _cluster.SnapshotChunkBytes, _cluster.Clock.Time);
        if (Applied > 0)
            _cluster.Trees.OnPublished(Name, Applied, Tree);
    }

    private void StopSnapshots()
    {
        _pulled = null;
        _stale = null;
        _isSaving = false;
    }

    private void ConsiderSnapshot()
    {
        int slots = _cluster.SnapshotSlots;
        if (Replica is null || slots == 0 || _isSaving || Replica.HasRecords)
            return;
        if (Log.Sequence > Log.Snapshots.Manifest.OldestSegment && _cluster.Random.Next(20) == 0)
            MoveOn();
        else if (Applied - _snapshotSlot >= slots)
            TakeSnapshot(slots);
    }

    /// <summary>As a namespace that rests while others write: its state is written again, and the log before goes.</summary>
    private void MoveOn()
    {
        _isSaving = true;
        int life = _life;
        long segment = Log.Sequence;
        List<JournalRecord>? left = null;
        left = AppendAgain(_snapshotSlot, () => TryDrop());
        TryDrop();

        void TryDrop()
        {
            if (left is not { Count: 0 } || life != _life)
                return;
            AfterAWhile(() =>
            {
                if (TryDisk(() => Log.DropBefore(segment)))
                    _isSaving = false;
            });
        }
    }

    private void TakeSnapshot(int slots)
    {
        if (_source!.WasReadWithin(PullTime) && Applied - _snapshotSlot < 4 * slots)
            return;
        _isSaving = true;
        long segment = Log.Sequence;
        long slot = Applied;
        TreeCapture capture = _cluster.Mutation == Mutation.SnapshotClaimsMoreThanItHas ? _stale ?? Tree.Capture() : Tree.Capture();
        (SnapshotFile File, SnapshotEntry Entry)? written = null;
        int life = _life;
        List<JournalRecord>? left = null;
        left = AppendAgain(slot, () => TryCommit());
        if (life != _life)
            return;
        AfterAWhile(() =>
        {
            if (!TryDisk(() => written = WriteSnapshot(slot, capture)))
                return;
            _cluster.Trees.OnSnapshot(Name, slot, written!.Value.Entry.Digest);
            TryCommit();
        });

        void TryCommit()
        {
            if (left is { Count: 0 } && written is { } snapshot && life == _life)
                AfterAWhile(() => Commit(snapshot.File, snapshot.Entry, segment));
        }
    }

    /// <summary>Writes again what counts beyond the slot, and calls each time a part of it is durable.</summary>
    private List<JournalRecord> AppendAgain(long slot, Action durable)
    {
        List<JournalRecord> left = Replica!.RecordsAfter(slot);
        if (_cluster.Mutation == Mutation.DroppedLogTakesVotes)
            left.RemoveAll(record => record is not JournalRecord.Promise);
        foreach (JournalRecord record in left.ToArray())
        {
            if (Replica is null)
                break;
            Log.Append(JournalCodec.Encode([record]), () =>
            {
                _cluster.Safety.OnDurable(Name, [record]);
                left.Remove(record);
                durable();
            });
        }

        return left;
    }

    private (SnapshotFile File, SnapshotEntry Entry) WriteSnapshot(long slot, TreeCapture capture)
    {
        SnapshotFile file = Log.Snapshots.Create(SimulationLog.Group);
        using SnapshotEncoding encoding = TreeSnapshotFile.Encode(SimulationLog.Group, slot, capture);
        while (encoding.TryNext(out ReadOnlyMemory<byte> piece))
            file.Append(piece.Span);
        file.Flush();
        return (file, new SnapshotEntry(SimulationLog.Group, slot, capture.Revision, encoding.Length, Convert.ToHexString(encoding.Digest!)));
    }

    private void Commit(SnapshotFile file, SnapshotEntry entry, long segment)
    {
        bool isNewest = false;
        if (!TryDisk(() => isNewest = Log.Snapshots.Commit(file, entry)))
            return;
        _isSaving = false;
        if (!isNewest)
            return;
        Snapshots++;
        _cluster.Safety.OnSnapshot(Name, entry.Slot);
        _cluster.Story.Tell($"{Name} has a snapshot through slot {entry.Slot}");
        long previous = _snapshotSlot;
        _snapshotSlot = entry.Slot;
        Replica!.SnapshotTaken(entry.Slot, _cluster.Random.Next(2) == 0 ? entry.Slot : previous);
        AfterAWhile(() => TryDisk(() => Log.DropBefore(segment)));
    }

    private void ServeSnapshot()
    {
        if (Replica is null)
            return;
        foreach ((string? peer, long slot, long offset) in _output.SnapshotsWanted)
        {
            if (_source!.Read(slot, offset) is not { } chunk)
                continue;
            AfterAWhile(() =>
            {
                Replica!.SendSnapshot(peer, chunk);
                SchedulePump();
            });
        }
    }

    private void StoreSnapshotBytes()
    {
        if (_output.SnapshotBytes is { } chunk)
            AfterAWhile(() => Store(chunk));
    }

    private void Store(SnapshotChunk chunk)
    {
        bool stored = TryDisk(() =>
        {
            if (chunk.Offset == 0)
                _pulled = Log.Snapshots.Create(SimulationLog.Group);
            SimulationFailureException.Require(_pulled!.Length == chunk.Offset, $"{Name} was to store bytes at {chunk.Offset} after {_pulled.Length}");
            _pulled.Append(chunk.Bytes.Span);
        });
        if (!stored)
            return;
        Replica!.SnapshotStored(chunk);
        SchedulePump();
        if (chunk.Offset + chunk.Bytes.Length == chunk.Length)
            AfterAWhile(() => Adopt(chunk.Slot));
    }

    private void Adopt(long slot)
    {
        VersionedTree? tree = null;
        SnapshotFile file = _pulled!;
        bool adopted = TryDisk(() =>
        {
            file.Flush();
            using SnapshotReader reader = file.Read();
            tree = TreeSnapshotFile.Load(reader, _cluster.TreeOptions);
            var entry = new SnapshotEntry(SimulationLog.Group, slot, tree.Revision, file.Length, Convert.ToHexString(reader.Digest!));
            if (!Log.Snapshots.Commit(file, entry))
                return;
            _cluster.Safety.OnSnapshot(Name, slot);
            _cluster.Trees.OnSnapshot(Name, slot, entry.Digest);
            _snapshotSlot = slot;
        });
        if (adopted)
            AfterAWhile(() => Install(slot, tree!));
    }

    private void Install(long slot, VersionedTree tree)
    {
        if (!Replica!.Install(slot))
            return;
        _cluster.Story.Tell($"{Name} goes on from a snapshot through slot {slot}");
        Installed++;
        Tree.TakeOver(tree);
        Applied = slot;
        _cluster.Trees.OnInstalled(Name, slot, Tree);
        AnswerWaiting();
        SchedulePump();
    }

    private void AfterAWhile(Action action) => After(_cluster.Random.Next(_cluster.Random.Next(10) == 0 ? 30_000 : 500), action);

    private bool TryDisk(Action operation)
    {
        try
        {
            operation();
            return true;
        }
        catch (Exception failure) when (failure is PowerLossException or IOException)
        {
            OnDiskFailure(failure);
            return false;
        }
    }
}
