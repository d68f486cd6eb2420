using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

/// <summary>One real replica, n1 of n1, n2, n3, whose peers, disk and clock are the test.</summary>
internal sealed class TestReplica
{
    private readonly Output _output = new();
    private long _written;

    public TestReplica(ReplicaOptions? options = null, DurableState? recovered = null) =>
        Replica = new Replica(
            "n1", new QuorumSystem(["n1", "n2", "n3"]), options ?? new ReplicaOptions(), recovered ?? new DurableState(),
            new Random(1));

    public Replica Replica { get; }

    public List<JournalRecord> Records { get; } = [];

    public List<ChosenBatch> Chosen { get; } = [];

    public List<ConfirmedRead> Reads { get; } = [];

    public List<long> ReadsFailed { get; } = [];

    public List<LostProposal> Lost { get; } = [];

    /// <summary>Gives the replica a message, and returns what it sends without its disk.</summary>
    public List<Outgoing> Receive(Message message)
    {
        Replica.Receive(message);
        return Take();
    }

    public List<Outgoing> Propose(long ticket, string command)
    {
        Batch batch = CodecTests.BatchOf(command);
        Replica.Propose(ticket, batch.Commands, batch.Count).ShouldBe(ProposeResult.Queued);
        return Take();
    }

    /// <summary>The disk has everything; returns what was held back for it.</summary>
    public List<Outgoing> Sync()
    {
        Replica.Persisted(_written);
        return Take();
    }

    /// <summary>One output alone.</summary>
    public Output TakeOnce()
    {
        var output = new Output();
        Replica.TakeOutput(output);
        _written = output.RecordsThrough;
        return output;
    }

    public List<Outgoing> Tick(int ticks = 1)
    {
        var sent = new List<Outgoing>();
        for (int i = 0; i < ticks; i++)
        {
            Replica.Tick();
            sent.AddRange(Take());
        }

        return sent;
    }

    public List<Outgoing> Take()
    {
        var sent = new List<Outgoing>();
        while (Replica.HasOutput)
        {
            Replica.TakeOutput(_output);
            sent.AddRange(_output.Messages);
            Records.AddRange(_output.Records);
            Chosen.AddRange(_output.Chosen);
            Reads.AddRange(_output.ReadsConfirmed);
            ReadsFailed.AddRange(_output.ReadsFailed);
            Lost.AddRange(_output.ProposalsLost);
            _written = Math.Max(_written, _output.RecordsThrough);
        }

        return sent;
    }

    /// <summary>Lets it win an election with n2's help, which has accepted the entries.</summary>
    public Ballot Lead(params SlotEntry[] accepted)
    {
        PreVote preVote = TickUntil<PreVote>();
        Receive(new PreVoteReply(preVote.Attempt, true, Ballot.Zero, 0) { From = "n2" });
        var prepare = (Prepare)Sync().First(sent => sent.Message is Prepare).Message;
        Receive(new Promise(prepare.Ballot, prepare.FromSlot, long.MaxValue, 0, accepted) { From = "n2" });
        Replica.Role.ShouldBe(Role.Leader);
        return prepare.Ballot;
    }

    private T TickUntil<T>()
        where T : Message
    {
        for (int i = 0; i < 100; i++)
        {
            if (Tick().Select(sent => sent.Message).OfType<T>().FirstOrDefault() is { } message)
                return message;
        }

        throw new InvalidOperationException($"no {typeof(T).Name} within 100 ticks");
    }
}
