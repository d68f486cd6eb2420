namespace Doozer.Paxos;

/// <summary>One slot's accepted batch and the ballot it was accepted at.</summary>
internal readonly record struct SlotEntry(long Slot, Ballot Ballot, Batch Batch)
{
    /// <summary>About what a slot, a ballot and lengths take, so that many empty batches do not count as nothing.</summary>
    public const int Overhead = 32;

    internal int Size => Overhead + Batch.Commands.Length;
}

/// <summary>
/// The replica's slots from the first that it keeps on: accepted batches, and up to <see cref="ChosenThrough"/> chosen ones.
/// </summary>
internal sealed class SlotLog
{
    private const int ChunkSlots = 1024;

    /// <summary>Chunks so that a long log neither moves as it grows nor keeps memory for a prefix that is dropped.</summary>
    private readonly List<Chunk?> _chunks = [];

    /// <summary>Number of the chunk that is first in the list.</summary>
    private long _firstChunk;

    /// <summary>Oldest slot that is kept; slots start at 1. A snapshot stands for those before it.</summary>
    public long First { get; private set; } = 1;

    /// <summary>Highest slot with a batch, or the slot before <see cref="First"/>.</summary>
    public long Last { get; private set; }

    /// <summary>Every slot up to this one is known to be chosen.</summary>
    public long ChosenThrough { get; private set; }

    /// <summary>About how many bytes the chosen slots take that are kept: a snapshot may stand for any of them.</summary>
    public long ChosenBytes { get; private set; }

    public bool TryGet(long slot, out SlotEntry entry)
    {
        Chunk? chunk = ChunkOf(slot);
        if (chunk is null || chunk.Ballots[IndexIn(slot)].Round == 0)
        {
            entry = default;
            return false;
        }

        entry = new SlotEntry(slot, chunk.Ballots[IndexIn(slot)], chunk.Batches[IndexIn(slot)]);
        return true;
    }

    /// <summary>Takes an accepted batch. The caller has checked the ballot against its promise.</summary>
    /// <returns>Whether the log changed; a repeat does not change it.</returns>
    /// <exception cref="SafetyViolationException">One ballot, or one chosen slot, would hold two batches.</exception>
    public bool Accept(long slot, Ballot ballot, Batch batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slot);
        if (slot < First)
            return false;
        if (TryGet(slot, out SlotEntry known))
        {
            // A chosen batch never changes, whatever the ballot; and a ballot has one batch for a slot, for its proposer is one.
            if ((slot <= ChosenThrough || known.Ballot == ballot) && !known.Batch.SameAs(batch))
                throw Conflict(slot, known.Ballot, ballot);
            if (slot <= ChosenThrough || known.Ballot >= ballot)
                return false;
        }

        Put(slot, ballot, batch);
        return true;
    }

    /// <summary>Takes a batch that a peer knows to be chosen, with a ballot at or above the one it was chosen at.</summary>
    /// <returns>Whether the log changed.</returns>
    public bool Learn(long slot, Ballot ballot, Batch batch)
    {
        // Once chosen, every higher ballot proposes the same batch; a different one here means two were chosen.
        if (slot >= First && TryGet(slot, out SlotEntry known) && known.Ballot >= ballot && !known.Batch.SameAs(batch))
            throw Conflict(slot, known.Ballot, ballot);
        return Accept(slot, ballot, batch);
    }

    /// <summary>Extends the chosen prefix by one slot, whose batch in this log is the chosen one.</summary>
    /// <returns>That slot.</returns>
    public SlotEntry ChooseNext()
    {
        if (!TryGet(ChosenThrough + 1, out SlotEntry entry))
        {
            throw new SafetyViolationException($"Slot {ChosenThrough + 1} is said to be chosen, but this replica has no batch " +
                "for it.");
        }

        ChosenThrough++;
        ChosenBytes += entry.Size;
        return entry;
    }

    /// <summary>Drops all through a chosen slot.</summary>
    public void DropThrough(long slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slot, ChosenThrough);
        if (slot < First)
            return;
        ChosenBytes -= BytesOf(First, slot);

        // The chunk that stays may hold a thousand large batches that do not.
        for (long dropped = First; dropped <= Math.Min(slot, LastInChunks); dropped++)
            Clear(dropped);
        First = slot + 1;
        int chunks = (int)Math.Min(ChunkNumber(First) - _firstChunk, _chunks.Count);
        _chunks.RemoveRange(0, chunks);
        _firstChunk = ChunkNumber(First);
    }

    /// <summary>The newest slot such that those after it, through a chosen one, take no more than so many bytes.</summary>
    public long StartOfTail(long through, long mostBytes)
    {
        while (through >= First && TryGet(through, out SlotEntry entry) && entry.Size <= mostBytes)
        {
            mostBytes -= entry.Size;
            through--;
        }

        return through;
    }

    /// <summary>
    /// Lets a snapshot of everything through the slot stand for these slots. What was accepted after it stays.
    /// </summary>
    /// <param name="slot">The last slot in it.</param>
    /// <param name="keepsVotes">Always, as <see cref="Rules.KeepsVotesBeyondSnapshot"/> says.</param>
    public void StartAfter(long slot, bool keepsVotes = true)
    {
        if (slot > ChosenThrough)
        {
            ChosenBytes += BytesOf(ChosenThrough + 1, slot);
            ChosenThrough = slot;
        }

        Last = keepsVotes ? Math.Max(Last, slot) : slot;
        DropThrough(slot);
    }

    /// <summary>No slot after it is in memory. The last slot may be far beyond, after a snapshot.</summary>
    private long LastInChunks => (_firstChunk + _chunks.Count) * ChunkSlots;

    private long BytesOf(long first, long last)
    {
        long bytes = 0;
        for (long slot = first; slot <= Math.Min(last, LastInChunks); slot++)
            bytes += TryGet(slot, out SlotEntry entry) ? entry.Size : 0;
        return bytes;
    }

    private static SafetyViolationException Conflict(long slot, Ballot one, Ballot other) =>
        new($"Slot {slot} has two different batches, by ballots {one} and {other}. "
            + "An acceptor has lost its log, or two nodes use one name.");

    private void Put(long slot, Ballot ballot, Batch batch)
    {
        if (ballot.Round <= 0)
            throw new SafetyViolationException($"Slot {slot} was proposed with ballot {ballot}, which no proposer can own.");
        int at = (int)(ChunkNumber(slot) - _firstChunk);
        while (_chunks.Count <= at)
            _chunks.Add(null);
        Chunk chunk = _chunks[at] ??= new Chunk();
        chunk.Ballots[IndexIn(slot)] = ballot;
        chunk.Batches[IndexIn(slot)] = batch;
        Last = Math.Max(Last, slot);
    }

    private void Clear(long slot)
    {
        if (ChunkOf(slot) is not { } chunk)
            return;
        chunk.Ballots[IndexIn(slot)] = default;
        chunk.Batches[IndexIn(slot)] = default;
    }

    private Chunk? ChunkOf(long slot)
    {
        if (slot < First || slot > Last)
            return null;
        long at = ChunkNumber(slot) - _firstChunk;
        return at < _chunks.Count ? _chunks[(int)at] : null;
    }

    private static long ChunkNumber(long slot) => (slot - 1) / ChunkSlots;

    private static int IndexIn(long slot) => (int)((slot - 1) % ChunkSlots);

    private sealed class Chunk
    {
        public readonly Ballot[] Ballots = new Ballot[ChunkSlots];
        public readonly Batch[] Batches = new Batch[ChunkSlots];
    }
}
