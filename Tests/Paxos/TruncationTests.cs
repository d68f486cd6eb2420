using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

/// <summary>What a replica keeps, tells and takes when a snapshot stands for the beginning of its log.</summary>
public sealed class TruncationTests
{
    private static readonly Ballot Low = new(1, "n2");
    private static readonly Ballot High = new(5, "n3");
    private static readonly Batch A = CodecTests.BatchOf("a");
    private static readonly Batch B = CodecTests.BatchOf("b");

    [Fact]
    public void What_is_written_again_holds_the_promise_and_every_vote_beyond_the_snapshot()
    {
        DurableState before = Chosen(through: 10, last: 13);
        before.Replay(new JournalRecord.Promise(High));
        var after = new DurableState();
        after.StartAfter(7);
        foreach (JournalRecord record in before.RecordsAfter(7))
            after.Replay(record);
        after.Complete();

        after.Promised.ShouldBe(High);
        (after.Log.First, after.Log.Last, after.Log.ChosenThrough).ShouldBe((8, 13, 10));
        for (long slot = 8; slot <= 13; slot++)
        {
            after.Log.TryGet(slot, out SlotEntry entry).ShouldBeTrue();
            (entry.Ballot, entry.Batch.SameAs(A)).ShouldBe((Low, true));
        }
    }

    [Fact]
    public void A_log_that_begins_late_is_read_where_its_first_hint_names_slots_that_are_told_only_later()
    {
        DurableState whole = Chosen(through: 10, last: 10);
        var late = new DurableState();
        late.StartAfter(7);
        late.Replay(new JournalRecord.ChosenHint(9));
        late.Replay(new JournalRecord.Vote(10, Low, A));
        late.Log.ChosenThrough.ShouldBe(7);
        foreach (JournalRecord record in whole.RecordsAfter(7))
            late.Replay(record);
        late.Complete();
        late.Log.ChosenThrough.ShouldBe(10);
    }

    [Fact]
    public void A_log_without_a_slot_that_is_said_to_be_chosen_is_refused()
    {
        var state = new DurableState();
        state.StartAfter(7);
        state.Replay(new JournalRecord.Vote(9, Low, A));
        state.Replay(new JournalRecord.ChosenHint(9));
        Should.Throw<SafetyViolationException>(state.Complete).Message.ShouldContain("8");
        Should.Throw<SafetyViolationException>(() => new TestReplica(recovered: state));
    }

    [Fact]
    public void Slots_are_dropped_whole_chunks_at_a_time_and_the_rest_stays()
    {
        DurableState state = Chosen(through: 5000, last: 5003);
        foreach (long through in (long[])[1, 1023, 1024, 1025, 4000, 5000])
        {
            state.Log.DropThrough(through);
            state.Log.First.ShouldBe(through + 1);
            state.Log.TryGet(through, out _).ShouldBeFalse();
            state.Log.TryGet(through + 1, out _).ShouldBeTrue();
            state.Log.TryGet(5003, out _).ShouldBeTrue();
        }

        Should.Throw<ArgumentOutOfRangeException>(() => state.Log.DropThrough(5001));
        state.Log.Accept(6000, Low, A).ShouldBeTrue();
        state.Log.Accept(3, High, B).ShouldBeFalse();
        state.Log.StartAfter(100_000_000_000);
        state.Log.Accept(100_000_000_001, Low, A).ShouldBeTrue();
        state.Log.TryGet(100_000_000_001, out SlotEntry far).ShouldBeTrue();
        far.Batch.SameAs(A).ShouldBeTrue();
    }

    [Fact]
    public void A_restart_puts_out_what_follows_the_snapshot()
    {
        DurableState recovered = Chosen(through: 10, last: 10);
        recovered.StartAfter(7);
        var replica = new TestReplica(recovered: recovered);
        replica.Take();
        replica.Chosen.Select(chosen => chosen.Slot).ShouldBe([8, 9, 10]);
    }

    [Fact]
    public void Who_asks_for_dropped_slots_is_offered_the_snapshot()
    {
        var replica = new TestReplica(recovered: Chosen(through: 10, last: 10));
        replica.Take();
        replica.Replica.SnapshotTaken(9, dropThrough: 7);
        replica.Receive(new LearnRequest(8) { From = "n2" })
            .Single()
            .Message.ShouldBeOfType<LearnReply>()
            .Entries.Length.ShouldBe(3);
        SnapshotOffer offer = replica.Receive(new LearnRequest(7) { From = "n2" })
            .Single()
            .Message.ShouldBeOfType<SnapshotOffer>();
        (offer.Slot, offer.ChosenThrough).ShouldBe((9, 10));

        replica.Replica.Receive(new SnapshotRequest(9, 100) { From = "n2" });
        Output wanted = replica.TakeOnce();
        wanted.SnapshotsWanted.ShouldBe([new SnapshotWanted("n2", 9, 100)]);
        replica.Replica.SendSnapshot("n2", new SnapshotChunk(9, 102, 100, new byte[2]));
        replica.Take().Single().Message.ShouldBeOfType<SnapshotChunk>().From.ShouldBe("n1");
    }

    [Fact]
    public void A_snapshot_is_pulled_chunk_by_chunk_and_each_is_asked_for_when_the_last_is_stored()
    {
        TestReplica replica = Offered(out SnapshotRequest first);
        (first.Slot, first.Offset).ShouldBe((0, 0));
        SnapshotChunk chunk = Give(replica, new SnapshotChunk(50, 10, 0, new byte[4]))!;
        Give(replica, new SnapshotChunk(50, 10, 4, new byte[4])).ShouldBeNull("the first is not stored yet");
        replica.Replica.SnapshotStored(chunk);
        Requests(replica.Take()).ShouldBe([(50, 4)]);
        Give(replica, new SnapshotChunk(50, 10, 0, new byte[4])).ShouldBeNull("it came before");
        Give(replica, new SnapshotChunk(50, 10, 8, new byte[2])).ShouldBeNull("it is not the next");

        // A lost answer is asked for again, and not by a tick's impatience alone.
        Requests(replica.Tick(1)).ShouldBeEmpty();
        Requests(replica.Tick(12)).ShouldContain((50, 4));
        replica.Replica.SnapshotStored(Give(replica, new SnapshotChunk(50, 10, 4, new byte[4]))!);
        Give(replica, new SnapshotChunk(50, 10, 8, new byte[2]))!.IsLast.ShouldBeTrue();
    }

    [Fact]
    public void A_peer_that_has_a_newer_snapshot_begins_again_and_one_that_falls_silent_is_given_up()
    {
        TestReplica replica = Offered(out _);
        replica.Replica.SnapshotStored(Give(replica, new SnapshotChunk(50, 10, 0, new byte[4]))!);
        replica.Take();
        replica.Replica.SnapshotStored(Give(replica, new SnapshotChunk(60, 20, 0, new byte[4]))!);
        Requests(replica.Take()).ShouldBe([(60, 4)]);
        replica.Receive(new SnapshotOffer(70, 80) { From = "n3" });
        replica.Tick(100);
        Requests(replica.Receive(new SnapshotOffer(70, 80) { From = "n3" })).ShouldBe([(0, 0)], "n2 was given up");
    }

    [Fact]
    public void Who_offers_a_snapshot_and_then_is_silent_is_passed_over_once()
    {
        TestReplica replica = Offered(out _);
        replica.Tick(100);

        List<Outgoing> sent = replica.Receive(new SnapshotOffer(50, 60) { From = "n2" });

        Requests(sent).ShouldBeEmpty();
        sent.Single(outgoing => outgoing.Message is LearnRequest).To.ShouldBe("n3");
        Requests(replica.Receive(new SnapshotOffer(50, 60) { From = "n3" })).ShouldBe([(0, 0)]);
    }

    [Fact]
    public void What_cannot_be_used_is_not_asked_for_again_at_once()
    {
        TestReplica replica = Offered(out _);
        replica.Replica.SnapshotRefused();
        Requests(replica.Receive(new SnapshotOffer(50, 60) { From = "n3" })).ShouldBeEmpty();
        replica.Tick(150);
        Requests(replica.Receive(new SnapshotOffer(50, 60) { From = "n3" })).ShouldBe([(0, 0)]);
    }

    [Fact]
    public void Who_gave_a_snapshot_that_is_of_no_use_is_passed_over_once()
    {
        TestReplica replica = Offered(out _);
        for (int round = 0; round < 3; round++)
        {
            Give(replica, new SnapshotChunk(50, 4, 0, new byte[4]))!.IsLast.ShouldBeTrue();
            replica.Replica.SnapshotRefused();
            replica.Tick(150);
            List<Outgoing> sent = replica.Receive(new SnapshotOffer(50, 60) { From = "n2" });
            Requests(sent).ShouldBeEmpty();
            sent.Single(outgoing => outgoing.Message is LearnRequest).To.ShouldBe("n3");
            Requests(replica.Receive(new SnapshotOffer(50, 60) { From = "n2" })).ShouldBe([(0, 0)], "n3 says nothing");
        }

        Give(replica, new SnapshotChunk(50, 4, 0, new byte[4]));
        replica.Replica.SnapshotRefused();
        replica.Tick(150);
        Requests(replica.Receive(new SnapshotOffer(55, 60) { From = "n2" })).ShouldBe([(0, 0)], "that is another one");
    }

    [Fact]
    public void A_taken_over_snapshot_moves_the_log_on_and_keeps_promise_and_later_votes()
    {
        TestReplica replica = Offered(out _);
        replica.Receive(new Prepare(High, 1) { From = "n3" });
        replica.Receive(new Accept(High, 20, B, 0) { From = "n3" });
        replica.Replica.Install(15).ShouldBeTrue();
        (replica.Replica.ChosenThrough, replica.Replica.FirstSlot, replica.Replica.Promised).ShouldBe((15, 16, High));
        replica.Replica.RecordsAfter(15).OfType<JournalRecord.Vote>().Single().Slot.ShouldBe(20);
        replica.Replica.Install(15).ShouldBeFalse();

        replica.Sync();
        replica.Receive(new LearnReply(16, [new SlotEntry(16, High, A)]) { From = "n3" });
        replica.Chosen.Select(chosen => chosen.Slot).ShouldBe([16]);
        replica.Receive(new Accept(Low, 3, B, 0) { From = "n2" }).Single().Message.ShouldBeOfType<Rejected>();
    }

    [Fact]
    public void A_leader_takes_no_snapshot_over()
    {
        var replica = new TestReplica();
        replica.Lead();
        replica.Receive(new SnapshotOffer(50, 60) { From = "n2" }).ShouldBeEmpty();
        replica.Replica.Install(50).ShouldBeFalse();
        replica.Replica.ChosenThrough.ShouldBe(0);
    }

    private static DurableState Chosen(long through, long last)
    {
        var state = new DurableState();
        for (long slot = 1; slot <= last; slot++)
            state.Replay(new JournalRecord.Vote(slot, Low, A));
        state.Replay(new JournalRecord.ChosenHint(through));
        return state;
    }

    private static TestReplica Offered(out SnapshotRequest request)
    {
        var replica = new TestReplica();
        request = replica.Receive(new SnapshotOffer(50, 60) { From = "n2" })
            .Select(sent => sent.Message)
            .OfType<SnapshotRequest>()
            .Single();
        return replica;
    }

    private static SnapshotChunk? Give(TestReplica replica, SnapshotChunk chunk)
    {
        replica.Replica.Receive(chunk with { From = "n2" });
        return replica.TakeOnce().SnapshotBytes;
    }

    private static List<(long Slot, long Offset)> Requests(IEnumerable<Outgoing> sent) =>
        [
            .. sent.Select(outgoing => outgoing.Message)
                .OfType<SnapshotRequest>()
                .Select(request => (request.Slot, request.Offset)),
        ];
}
