namespace Doozer.Paxos;

/// <summary>Promises and votes: the part of a replica that agreement rests on.</summary>
internal sealed class Acceptor(string self, DurableState state, Journal journal, ReplicaOptions options)
{
    public Ballot Promised => state.Promised;

    /// <summary>Promises to answer nothing below the ballot.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Promise(Ballot ballot)
    {
        if (ballot <= Promised)
            return false;
        state.Promise(ballot);
        journal.Append(new JournalRecord.Promise(ballot));
        return true;
    }

    /// <summary>Phase 1b, once the ballot is the promised one.</summary>
    public void Answer(Prepare prepare)
    {
        // Telling what was accepted is what lets the new leader find every batch that may have been chosen. Slots in the chosen
        // prefix need no telling: the candidate learns them before it leads.
        SlotLog log = state.Log;
        long from = Math.Max(prepare.FromSlot, log.ChosenThrough + 1);
        var entries = new List<SlotEntry>();
        long through = long.MaxValue;
        long bytes = 0L;
        for (long slot = from; slot <= log.Last; slot++)
        {
            if (!log.TryGet(slot, out SlotEntry entry))
                continue;
            entries.Add(entry);
            bytes += entry.Batch.Commands.Length;
            if (bytes >= options.LearnChunkBytes && slot < log.Last)
            {
                through = slot;
                break;
            }
        }

        journal.SendWhenDurable(
            prepare.From,
            new Promise(prepare.Ballot, prepare.FromSlot, through, log.ChosenThrough, [.. entries]) { From = self });
    }

    /// <summary>Phase 2b, once the ballot is the promised one.</summary>
    public void Answer(Accept accept)
    {
        // A vote far past the chosen prefix would make promises long; the leader knows this bound and sends nothing beyond.
        if (accept.Slot > state.Log.ChosenThrough + options.Window)
            return;

        // A repeated Accept is answered again, but not before its first vote is durable.
        if (state.Log.Accept(accept.Slot, accept.Ballot, accept.Batch))
            journal.Append(new JournalRecord.Vote(accept.Slot, accept.Ballot, accept.Batch));
        journal.SendWhenDurable(
            accept.From,
            new Accepted(accept.Ballot, accept.Slot, state.Log.ChosenThrough) { From = self });
    }

    /// <summary>Takes a chosen batch from a peer. Its ballot counts as promised, as it will after a restart.</summary>
    public void Learn(SlotEntry entry)
    {
        state.Promise(entry.Ballot);
        if (state.Log.Learn(entry.Slot, entry.Ballot, entry.Batch))
            journal.Append(new JournalRecord.Vote(entry.Slot, entry.Ballot, entry.Batch));
    }

    public void Reject(string to, Ballot ballot) => journal.Send(to, new Rejected(ballot, Promised) { From = self });
}
