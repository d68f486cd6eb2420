using Doozer.Paxos;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>What the disk held of a replica.</summary>
/// <param name="State">Promise, accepted batches and chosen prefix, from its snapshot and the log.</param>
/// <param name="Tree">The tree of its snapshot; empty without one.</param>
/// <param name="Snapshot">Its snapshot, if it has one.</param>
internal sealed record RecoveredReplica(DurableState State, VersionedTree Tree, SnapshotEntry? Snapshot)
{
    /// <summary>Bytes of the batches in the log that the snapshot does not stand for.</summary>
    public long LoggedBytes { get; private set; }

    public void Replay(JournalRecord record)
    {
        State.Replay(record);
        if (record is JournalRecord.Vote accepted && accepted.Slot > (Snapshot?.Slot ?? 0))
            LoggedBytes += record.Size;
    }
}
