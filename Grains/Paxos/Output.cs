using System.Runtime.InteropServices;

namespace Doozer.Paxos;

/// <summary>A message and the node it is for.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Outgoing(string To, Message Message);

/// <summary>One of this replica's own proposals: its ticket, and how many of the batch's commands, in order, are its.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Proposal(long Ticket, int Count);

/// <summary>A chosen batch to apply, with this replica's own proposals in it (none if another proposed it).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ChosenBatch(long Slot, Batch Batch, Proposal[] Proposals);

/// <summary>A read that may be answered once <paramref name="Slot"/> is applied.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ConfirmedRead(long Ticket, long Slot);

/// <summary>
/// A proposal that this replica can no longer answer. If it was never proposed it will not be chosen; otherwise it may
/// yet be.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LostProposal(long Ticket, bool WasProposed);

/// <summary>
/// A peer wants bytes of this replica's snapshot; answer with <see cref="Replica.SendSnapshot"/>, or not at all.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SnapshotWanted(string Peer, long Slot, long Offset);

/// <summary>
/// A leader hands over because its own disk is slow: to whom, how many ticks one of its votes has waited for that disk, and how
/// many a peer took for the same slot.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SlowDisk(string Successor, long Waited, long PeerTook);

/// <summary>What a replica wants done, moved out by <see cref="Replica.TakeOutput"/>; to be reused for the next.</summary>
internal sealed class Output
{
    private long _recordBytes;
    private long _messageBytes;

    /// <summary>To append to the log in this order.</summary>
    public List<JournalRecord> Records { get; private set; } = [];

    /// <summary>To hand to <see cref="Replica.Persisted"/> once these records, and all before, are durable.</summary>
    public long RecordsThrough { get; private set; }

    /// <summary>Whether any of the records is more than a hint, and so must be made durable soon.</summary>
    public bool MustSync { get; private set; }

    /// <summary>To send, at once if so wished: what has to wait for the log has not come out yet.</summary>
    public List<Outgoing> Messages { get; private set; } = [];

    /// <summary>To apply in this order; slots follow each other without a gap, over all outputs, from 1.</summary>
    public List<ChosenBatch> Chosen { get; private set; } = [];

    public List<ConfirmedRead> ReadsConfirmed { get; private set; } = [];

    /// <summary>Reads whose leader was lost; they may be asked again elsewhere.</summary>
    public List<long> ReadsFailed { get; private set; } = [];

    public List<LostProposal> ProposalsLost { get; private set; } = [];

    /// <summary>Peers' requests for bytes of the snapshot.</summary>
    public List<SnapshotWanted> SnapshotsWanted { get; private set; } = [];

    /// <summary>
    /// The next bytes of a peer's snapshot to store, if there are any; to be confirmed by <see cref="Replica.SnapshotStored"/>.
    /// An offset of 0 begins a file anew.
    /// </summary>
    public SnapshotChunk? SnapshotBytes { get; set; }

    /// <summary>Set when this leader begins to hand over to a quicker disk.</summary>
    public SlowDisk? SlowDisk { get; set; }

    public bool RoleChanged { get; set; }

    public bool LeaderChanged { get; set; }

    internal bool IsEmpty =>
        Records.Count == 0 && Messages.Count == 0 && Chosen.Count == 0 && ReadsConfirmed.Count == 0 && ReadsFailed.Count == 0
        && ProposalsLost.Count == 0 && SnapshotsWanted.Count == 0 && SnapshotBytes is null && SlowDisk is null && !RoleChanged
        && !LeaderChanged;

    internal void Add(JournalRecord record)
    {
        Records.Add(record);
        _recordBytes += record.Size;
    }

    internal void Add(string to, Message message)
    {
        Messages.Add(new Outgoing(to, message));
        _messageBytes += message.Size;
    }

    /// <summary>
    /// Moves its contents to another output, whose own are dropped. Records and messages beyond so many bytes of each stay for
    /// the next time (but one of each goes, however large): they become one record of the log, and an envelope for a peer,
    /// and neither takes any size.
    /// </summary>
    internal void MoveTo(Output other, int mostBytes)
    {
        other.Clear();
        MoveRecords(other, mostBytes);
        MoveMessages(other, mostBytes);
        (Chosen, other.Chosen) = (other.Chosen, Chosen);
        (ReadsConfirmed, other.ReadsConfirmed) = (other.ReadsConfirmed, ReadsConfirmed);
        (ReadsFailed, other.ReadsFailed) = (other.ReadsFailed, ReadsFailed);
        (ProposalsLost, other.ProposalsLost) = (other.ProposalsLost, ProposalsLost);
        (SnapshotsWanted, other.SnapshotsWanted) = (other.SnapshotsWanted, SnapshotsWanted);
        (other.SnapshotBytes, SnapshotBytes) = (SnapshotBytes, null);
        (other.SlowDisk, SlowDisk) = (SlowDisk, null);
        (other.RoleChanged, RoleChanged) = (RoleChanged, false);
        (other.LeaderChanged, LeaderChanged) = (LeaderChanged, false);
    }

    private void MoveRecords(Output other, int mostBytes)
    {
        if (_recordBytes <= mostBytes)
        {
            (Records, other.Records) = (other.Records, Records);
            _recordBytes = 0;
        }
        else
        {
            int count = 1;
            long bytes = Records[0].Size;
            for (; count < Records.Count && bytes + Records[count].Size <= mostBytes; count++)
                bytes += Records[count].Size;
            other.Records.AddRange(Records.GetRange(0, count));
            Records.RemoveRange(0, count);
            _recordBytes -= bytes;
        }

        RecordsThrough += other.Records.Count;
        other.RecordsThrough = RecordsThrough;
        foreach (JournalRecord record in other.Records)
            other.MustSync |= record.MustSync;
    }

    private void MoveMessages(Output other, int mostBytes)
    {
        if (_messageBytes <= mostBytes)
        {
            (Messages, other.Messages) = (other.Messages, Messages);
            _messageBytes = 0;
            return;
        }

        int count = 1;
        long bytes = Messages[0].Message.Size;
        for (; count < Messages.Count && bytes + Messages[count].Message.Size <= mostBytes; count++)
            bytes += Messages[count].Message.Size;
        other.Messages.AddRange(Messages.GetRange(0, count));
        Messages.RemoveRange(0, count);
        _messageBytes -= bytes;
    }

    private void Clear()
    {
        Records.Clear();
        Messages.Clear();
        Chosen.Clear();
        ReadsConfirmed.Clear();
        ReadsFailed.Clear();
        ProposalsLost.Clear();
        SnapshotsWanted.Clear();
        MustSync = false;
    }
}
