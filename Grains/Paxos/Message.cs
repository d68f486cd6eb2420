namespace Doozer.Paxos;

/// <summary>
/// What replicas tell each other. Any message may be lost, repeated, late or overtaken; none is an answer that somebody
/// waits for, and each says by its ballot (or attempt) what it belongs to.
/// </summary>
internal abstract record Message
{
    /// <summary>The node that sent it.</summary>
    public string From { get; init; } = string.Empty;

    /// <summary>About how many bytes it takes in an envelope.</summary>
    internal virtual long Size => SlotEntry.Overhead;

    /// <summary>Whether a batch in it changes the quorums.</summary>
    internal virtual bool HasReconfiguration => false;

    protected static bool HasReconfigurationIn(SlotEntry[] entries) =>
        Array.Exists(entries, static entry => entry.Batch.IsReconfiguration);

    protected static long SizeOf(SlotEntry[] entries)
    {
        long size = SlotEntry.Overhead;
        foreach (SlotEntry entry in entries)
            size += entry.Size;
        return size;
    }
}

/// <summary>"Would you follow me?" Asked before any ballot is disturbed.</summary>
internal sealed record PreVote(long Attempt, long ChosenThrough) : Message;

/// <summary>Whether the sender hears no leader, and what the asker needs to know to try well.</summary>
internal sealed record PreVoteReply(long Attempt, bool Granted, Ballot Promised, long ChosenThrough) : Message;

/// <summary>Phase 1a for every slot from <see cref="FromSlot"/> on; the sender knows all before it to be chosen.</summary>
internal sealed record Prepare(Ballot Ballot, long FromSlot) : Message;

/// <summary>
/// Phase 1b: the sender's accepted batches from <see cref="FromSlot"/> through <see cref="Through"/> that lie beyond its chosen
/// prefix. <see cref="Through"/> is <see cref="long.MaxValue"/> in the last part.
/// </summary>
internal sealed record Promise(Ballot Ballot, long FromSlot, long Through, long ChosenThrough, SlotEntry[] Entries) : Message
{
    internal override long Size => SizeOf(Entries);

    internal override bool HasReconfiguration => HasReconfigurationIn(Entries);
}

/// <summary>Phase 2a for one slot, and how far the sender's chosen prefix reaches.</summary>
internal sealed record Accept(Ballot Ballot, long Slot, Batch Batch, long ChosenThrough) : Message
{
    internal override long Size => SlotEntry.Overhead + Batch.Commands.Length;

    internal override bool HasReconfiguration => Batch.IsReconfiguration;
}

/// <summary>Phase 2b: the sender's durable vote.</summary>
internal sealed record Accepted(Ballot Ballot, long Slot, long ChosenThrough) : Message;

/// <summary>The sender has promised a higher ballot than the one it was sent.</summary>
internal sealed record Rejected(Ballot Ballot, Ballot Promised) : Message;

/// <summary>The leader is there. <see cref="Round"/> numbers its confirmations of reads.</summary>
internal sealed record Heartbeat(Ballot Ballot, long Round, long ChosenThrough) : Message;

/// <summary>The sender had promised nothing higher when it got that heartbeat.</summary>
internal sealed record HeartbeatAck(Ballot Ballot, long Round, long ChosenThrough) : Message;

/// <summary>The leader's chosen prefix, when no Accept is there to carry it.</summary>
internal sealed record Chosen(Ballot Ballot, long Through) : Message;

/// <summary>
/// The leader's last word before it goes quiet: nothing is under way, and whoever knows all that is chosen may go quiet too.
/// </summary>
internal sealed record Quiet(Ballot Ballot, long ChosenThrough) : Message;

/// <summary>Asks for chosen slots from <see cref="FromSlot"/> on.</summary>
internal sealed record LearnRequest(long FromSlot) : Message;

/// <summary>Consecutive chosen slots, as many as fit, and how far the sender's chosen prefix reaches.</summary>
internal sealed record LearnReply(long ChosenThrough, SlotEntry[] Entries) : Message
{
    internal override long Size => SizeOf(Entries);

    internal override bool HasReconfiguration => HasReconfigurationIn(Entries);
}

/// <summary>
/// The sender has dropped slots it was asked for; a snapshot that ends with <see cref="Slot"/> stands for them.
/// </summary>
internal sealed record SnapshotOffer(long Slot, long ChosenThrough) : Message;

/// <summary>
/// Asks for the snapshot that ends with <see cref="Slot"/> from a byte of its file on; slot 0 for whichever the receiver has.
/// </summary>
internal sealed record SnapshotRequest(long Slot, long Offset) : Message;

/// <summary>Bytes of a snapshot's file. If it is not the snapshot that was asked for, they are its first.</summary>
internal sealed record SnapshotChunk(long Slot, long Length, long Offset, ReadOnlyMemory<byte> Bytes) : Message
{
    /// <summary>The most bytes a receiver takes at once.</summary>
    public const int MaxBytes = 1 << 20;

    internal override long Size => SlotEntry.Overhead + Bytes.Length;

    internal bool IsLast => Offset + Bytes.Length == Length;
}

/// <summary>
/// The leader asks the receiver to stand for election at once, without asking first whether others would follow.
/// </summary>
internal sealed record TransferLeadership(Ballot Ballot) : Message;
