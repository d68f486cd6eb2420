using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

public sealed class AcceptorTests
{
    private static readonly Ballot Low = new(3, "n2");
    private static readonly Ballot High = new(3, "n3");
    private static readonly Batch A = CodecTests.BatchOf("a");
    private static readonly Batch B = CodecTests.BatchOf("b");

    [Fact]
    public void Promise_and_vote_leave_only_once_durable()
    {
        var replica = new TestReplica();
        replica.Receive(new Prepare(Low, 1) { From = "n2" }).ShouldBeEmpty();
        replica.Sync().ShouldHaveSingleItem().Message.ShouldBeOfType<Promise>();
        replica.Receive(new Accept(Low, 1, A, 0) { From = "n2" }).ShouldBeEmpty();
        replica.Receive(new Accept(Low, 1, A, 0) { From = "n2" })
            .ShouldBeEmpty("the repeat must not be answered before the vote is durable");
        replica.Sync().Count(sent => sent.Message is Accepted).ShouldBe(2);
    }

    [Fact]
    public void Lower_ballot_is_rejected_with_the_promise()
    {
        var replica = new TestReplica();
        replica.Receive(new Prepare(High, 1) { From = "n3" });
        replica.Sync();
        Message[] late =
            [
                new Prepare(Low, 1) { From = "n2" },
                new Accept(Low, 1, A, 0) { From = "n2" },
                new Heartbeat(Low, 0, 0) { From = "n2" },
            ];
        foreach (Message message in late)
            replica.Receive(message).ShouldHaveSingleItem().Message.ShouldBe(new Rejected(Low, High) { From = "n1" });
    }

    [Fact]
    public void Promise_tells_what_was_accepted_even_after_a_restart()
    {
        var replica = new TestReplica();
        replica.Receive(new Accept(Low, 1, A, 0) { From = "n2" });
        replica.Receive(new Accept(Low, 3, B, 0) { From = "n2" });
        replica.Sync();
        var recovered = new DurableState();
        foreach (JournalRecord record in replica.Records)
            recovered.Replay(record);
        var restarted = new TestReplica(recovered: recovered);
        restarted.Replica.Promised.ShouldBe(Low);
        restarted.Receive(new Prepare(High, 1) { From = "n3" });
        Promise promise = restarted.Sync().ShouldHaveSingleItem().Message.ShouldBeOfType<Promise>();
        promise.Entries.Select(entry => (entry.Slot, entry.Ballot)).ShouldBe([(1L, Low), (3L, Low)]);
    }

    [Fact]
    public void Long_promise_comes_in_parts()
    {
        var replica = new TestReplica(new ReplicaOptions { LearnChunkBytes = 1 });
        replica.Receive(new Accept(Low, 1, A, 0) { From = "n2" });
        replica.Receive(new Accept(Low, 2, B, 0) { From = "n2" });
        replica.Receive(new Prepare(High, 1) { From = "n3" });
        var first = (Promise)replica.Sync().Single(sent => sent.Message is Promise).Message;
        first.Through.ShouldBe(1);
        var second = (Promise)replica.Receive(new Prepare(High, 2) { From = "n3" }).Single().Message;
        (second.Through, second.Entries[0].Slot).ShouldBe((long.MaxValue, 2L));
    }

    [Fact]
    public void Two_batches_at_one_ballot_are_a_safety_violation()
    {
        var replica = new TestReplica();
        replica.Receive(new Accept(Low, 1, A, 0) { From = "n2" });
        Should.Throw<SafetyViolationException>(() => replica.Receive(new Accept(Low, 1, B, 0) { From = "n2" }))
            .Message.ShouldContain("Slot 1");
    }

    [Fact]
    public void Chosen_prefix_counts_only_for_batches_of_its_ballot()
    {
        var replica = new TestReplica();
        replica.Receive(new Accept(Low, 1, A, 0) { From = "n2" });
        List<Outgoing> sent = replica.Receive(new Heartbeat(High, 0, 1) { From = "n3" });
        replica.Chosen.ShouldBeEmpty("what n2 proposed may have lost to another batch");
        sent.Single(each => each.Message is LearnRequest).ShouldBe(new Outgoing("n3", new LearnRequest(1) { From = "n1" }));
        replica.Receive(new LearnReply(1, [new SlotEntry(1, High, B)]) { From = "n3" });
        replica.Chosen.ShouldHaveSingleItem().Batch.SameAs(B).ShouldBeTrue();
    }

    [Fact]
    public void Strangers_and_borrowed_ballots_are_ignored()
    {
        var replica = new TestReplica();
        replica.Receive(new Prepare(new Ballot(9, "n9"), 1) { From = "n9" }).ShouldBeEmpty();
        replica.Receive(new Prepare(High, 1) { From = "n2" }).ShouldBeEmpty();
        replica.Replica.Promised.ShouldBe(Ballot.Zero);
    }

    [Fact]
    public void Vote_far_past_the_chosen_prefix_is_not_given()
    {
        var replica = new TestReplica();
        replica.Receive(new Accept(Low, 1_000_000_000_000, A, 0) { From = "n2" });
        replica.Records.OfType<JournalRecord.Vote>().ShouldBeEmpty();
    }

    [Fact]
    public void Chosen_hint_without_its_batch_is_refused()
    {
        var state = new DurableState();
        state.Replay(new JournalRecord.ChosenHint(1));
        Should.Throw<SafetyViolationException>(state.Complete);
    }
}
