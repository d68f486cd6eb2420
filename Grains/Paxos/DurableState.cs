namespace Doozer.Paxos;

/// <summary>
/// What a replica must not forget, rebuilt from its snapshot's slot and its records in the order they were written.
/// </summary>
internal sealed class DurableState
{
    private long _toldChosen;

    public Ballot Promised { get; private set; } = Ballot.Zero;

    public SlotLog Log { get; } = new();

    /// <summary>The configurations that its snapshot says; null for those that the group began with.</summary>
    public Configurations? Configurations { get; private set; }

    public void Replay(JournalRecord record)
    {
        switch (record)
        {
            case JournalRecord.Promise promised:
                Promise(promised.Ballot);
                break;
            case JournalRecord.Vote accepted:
                Promise(accepted.Ballot);
                Log.Accept(accepted.Slot, accepted.Ballot, accepted.Batch);
                break;
            case JournalRecord.ChosenHint chosen:
                // What was accepted long ago may stand further on only, where it was written again before its first place in the
                // log was dropped. Whether it does, Complete asks.
                _toldChosen = Math.Max(_toldChosen, chosen.Through);
                while (Log.ChosenThrough < chosen.Through && Log.TryGet(Log.ChosenThrough + 1, out _))
                    Log.ChooseNext();
                break;
            default:
                throw new ArgumentException($"{record?.GetType().Name ?? "null"} is no record of a replica.", nameof(record));
        }
    }

    /// <summary>Before the first record: a snapshot stands for all slots through this one.</summary>
    public void StartAfter(long slot, Configurations? configurations = null)
    {
        Log.StartAfter(slot);
        Configurations = configurations;
    }

    /// <summary>After the last record: makes sure that every slot said to be chosen is there.</summary>
    /// <exception cref="SafetyViolationException">One is not: records are missing.</exception>
    public void Complete()
    {
        while (Log.ChosenThrough < _toldChosen)
            Log.ChooseNext();
    }

    /// <summary>The configurations after the chosen prefix, of a group that began with these quorums.</summary>
    public Configurations ConfigurationsFrom(QuorumSystem quorums, ReplicaOptions options)
    {
        Configurations configurations = Configurations is { } known && options.Rules.TakesQuorumsFromSnapshot
            ? known
            : Configurations.Initial(quorums);
        for (long slot = Log.First; slot <= Log.ChosenThrough; slot++)
        {
            if (Log.TryGet(slot, out SlotEntry entry))
                configurations = configurations.After(slot, entry.Batch, options.Alpha, options.Rules);
        }

        return configurations;
    }

    /// <summary>
    /// The records that say again all that counts beyond a chosen slot, so that the log before them may go once a snapshot
    /// stands for everything through that slot.
    /// </summary>
    public List<JournalRecord> RecordsAfter(long slot)
    {
        var records = new List<JournalRecord> { new JournalRecord.Promise(Promised) };
        for (long next = slot + 1; next <= Log.Last; next++)
        {
            if (Log.TryGet(next, out SlotEntry entry))
                records.Add(new JournalRecord.Vote(entry.Slot, entry.Ballot, entry.Batch));
        }

        if (Log.ChosenThrough > slot)
            records.Add(new JournalRecord.ChosenHint(Log.ChosenThrough));
        return records;
    }

    /// <summary>About how many bytes <see cref="RecordsAfter"/> would take.</summary>
    public long BytesAfter(long slot)
    {
        long bytes = 0;
        for (long next = slot + 1; next <= Log.Last; next++)
        {
            if (Log.TryGet(next, out SlotEntry entry))
                bytes += entry.Size;
        }

        return bytes;
    }

    /// <summary>Raises the promise. Raising is always safe; what must not happen is answering before it is durable.</summary>
    public void Promise(Ballot ballot)
    {
        if (ballot > Promised)
            Promised = ballot;
    }
}
