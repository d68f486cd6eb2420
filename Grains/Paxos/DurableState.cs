namespace Doozer.Paxos;

/// <summary>What a replica must not forget, rebuilt from its records in the order they were written.</summary>
internal sealed class DurableState
{
    public Ballot Promised { get; private set; } = Ballot.Zero;

    public SlotLog Log { get; } = new();

    public void Replay(Record record)
    {
        switch (record)
        {
            case Record.Promised promised:
                Promise(promised.Ballot);
                break;
            case Record.Accepted accepted:
                Promise(accepted.Ballot);
                Log.Accept(accepted.Slot, accepted.Ballot, accepted.Batch);
                break;
            case Record.Chosen chosen:
                while (Log.ChosenThrough < chosen.Through)
                    Log.ChooseNext();
                break;
            default:
                throw new ArgumentException($"{record?.GetType().Name ?? "null"} is no record of a replica.", nameof(record));
        }
    }

    /// <summary>Raises the promise. Raising is always safe; what must not happen is answering before it is durable.</summary>
    public void Promise(Ballot ballot)
    {
        if (ballot > Promised)
            Promised = ballot;
    }
}
