namespace Doozer.Paxos;

/// <summary>Proposals that wait for a slot, within limits.</summary>
internal sealed class ProposalQueue(ReplicaOptions options)
{
    private readonly Queue<Waiting> _waiting = new();
    private int _commands;

    public bool IsEmpty => _waiting.Count == 0;

    public long Bytes { get; private set; }

    public bool TryAdd(long ticket, ReadOnlyMemory<byte> commands, int count)
    {
        if (Bytes + commands.Length > options.MaxWaitingBytes || (long)_commands + count > options.MaxWaitingCommands)
            return false;
        _waiting.Enqueue(new Waiting(new Proposal(ticket, count), commands));
        Bytes += commands.Length;
        _commands += count;
        return true;
    }

    /// <summary>Takes as many whole proposals as fit into one batch.</summary>
    public Batch TakeBatch(out Proposal[] proposals)
    {
        int number = 0;
        int bytes = 0;
        int count = 0;
        foreach (Waiting waiting in _waiting)
        {
            if (number > 0 && bytes + waiting.Commands.Length > options.MaxBatchBytes)
                break;
            number++;
            bytes += waiting.Commands.Length;
            count += waiting.Proposal.Count;
        }

        proposals = new Proposal[number];
        ReadOnlyMemory<byte> commands = number == 1 ? _waiting.Peek().Commands : Join(number, bytes);
        for (int i = 0; i < number; i++)
            proposals[i] = _waiting.Dequeue().Proposal;
        Bytes -= bytes;
        _commands -= count;
        return new Batch(commands, count);
    }

    /// <summary>Gives up what waits.</summary>
    public void Abandon(List<LostProposal> lost)
    {
        while (_waiting.TryDequeue(out Waiting waiting))
            lost.Add(new LostProposal(waiting.Proposal.Ticket, WasProposed: false));
        Bytes = 0;
        _commands = 0;
    }

    private byte[] Join(int number, int bytes)
    {
        byte[] joined = GC.AllocateUninitializedArray<byte>(bytes);
        int position = 0;
        foreach (Waiting waiting in _waiting)
        {
            if (number-- == 0)
                break;
            waiting.Commands.CopyTo(joined.AsMemory(position));
            position += waiting.Commands.Length;
        }

        return joined;
    }

    private readonly record struct Waiting(Proposal Proposal, ReadOnlyMemory<byte> Commands);
}
