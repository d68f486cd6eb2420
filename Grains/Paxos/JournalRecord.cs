namespace Doozer.Paxos;

/// <summary>What a replica writes to its log, in order.</summary>
internal abstract record JournalRecord
{
    /// <summary>About how many bytes it takes in the log.</summary>
    internal virtual int Size => SlotEntry.Overhead;

    /// <summary>Whether it must be durable soon.</summary>
    internal virtual bool MustSync => true;

    /// <summary>No ballot below this one will be answered again.</summary>
    public sealed record Promise(Ballot Ballot) : JournalRecord;

    /// <summary>
    /// The acceptor's vote for a slot, or a chosen batch learned from a peer with a ballot at which it was accepted. It
    /// stands for a promise of its ballot too.
    /// </summary>
    public sealed record Vote(long Slot, Ballot Ballot, Batch Batch) : JournalRecord
    {
        internal override int Size => SlotEntry.Overhead + Batch.Commands.Length;
    }

    /// <summary>
    /// A hint: the log above holds the chosen batch of every slot up to this one. Losing it costs only asking again, so
    /// nothing waits for it to be durable; but for the one that brings a configuration into force, which peers are told of.
    /// </summary>
    public sealed record ChosenHint(long Through, bool BringsConfiguration = false) : JournalRecord
    {
        internal override bool MustSync => BringsConfiguration;
    }
}
