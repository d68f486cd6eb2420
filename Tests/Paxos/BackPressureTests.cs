using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

/// <summary>A disk or a peer that is slow: what waits for it, and what is sent to it again, has a limit.</summary>
public sealed class BackPressureTests
{
    private static readonly Ballot Theirs = new(1, "n2");

    [Fact]
    public void Repeated_accepts_wait_twice_as_long_each_time_up_to_an_election_timeout()
    {
        var leader = new TestReplica(new ReplicaOptions { HeartbeatTicks = 2, ElectionTicks = 10 });
        Ballot ballot = leader.Lead();
        leader.Propose(1, "a");
        var repeatedAt = new List<int>();
        for (int tick = 1; tick <= 45; tick++)
        {
            leader.Receive(new HeartbeatAck(ballot, 0, 0) { From = "n2" });
            if (AcceptsTo("n2", leader.Tick()).Count > 0)
                repeatedAt.Add(tick);
        }

        repeatedAt.ShouldBe([2, 6, 14, 24, 34, 44]);
    }

    [Fact]
    public void Repeated_accepts_of_one_tick_are_limited_in_bytes_and_lowest_slots_come_first()
    {
        var leader = new TestReplica(
            new ReplicaOptions { FullBatchBytes = 1, MaxBatchBytes = 200, LearnChunkBytes = 300, HeartbeatTicks = 2 });
        leader.Lead();
        for (int i = 0; i < 6; i++)
            leader.Propose(i, new string('x', 100));
        leader.Tick().ShouldNotContain(sent => sent.Message is Accept);
        for (int first = 1; first <= 5; first += 2)
            AcceptsTo("n2", leader.Tick()).Select(accept => accept.Slot).ShouldBe([first, first + 1]);
    }

    [Fact]
    public void Full_journal_takes_no_accept_until_the_disk_has_caught_up()
    {
        var follower = new TestReplica(new ReplicaOptions { MaxUndurableBytes = 200 });
        for (int slot = 1; slot <= 5; slot++)
            follower.Receive(AcceptOf(slot));
        Votes(follower).ShouldBe([1, 2]);
        follower.Replica.Leader.ShouldBe("n2", "a full journal does not make the leader unheard");
        follower.Sync().Select(sent => sent.Message).OfType<Accepted>().Count().ShouldBe(2);
        follower.Receive(AcceptOf(3));
        Votes(follower).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Disk_that_is_behind_because_of_others_gets_one_batch_at_a_time()
    {
        var follower = new TestReplica();
        follower.Receive(new Heartbeat(Theirs, 0, 0) { From = "n2" });
        follower.Sync();
        follower.Replica.DiskIsBehind = true;
        for (int slot = 1; slot <= 3; slot++)
            follower.Receive(AcceptOf(slot));
        Votes(follower).ShouldBe([1]);
        follower.Sync().Select(sent => sent.Message).OfType<Accepted>().Count().ShouldBe(1);
        follower.Receive(AcceptOf(2));
        Votes(follower).ShouldBe([1, 2]);
        follower.Replica.DiskIsBehind = false;
        follower.Receive(AcceptOf(3));
        Votes(follower).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Full_journal_neither_takes_nor_asks_for_chosen_slots_until_the_disk_has_caught_up()
    {
        var follower = new TestReplica(new ReplicaOptions { MaxUndurableBytes = 200 });
        Asked(follower.Receive(new Heartbeat(Theirs, 0, 9) { From = "n2" })).ShouldBe([1]);
        SlotEntry[] entries = Enumerable.Range(1, 3).Select(slot => new SlotEntry(slot, Theirs, Large)).ToArray();
        Asked(follower.Receive(new LearnReply(9, entries) { From = "n2" })).ShouldBeEmpty("the journal is full");
        follower.Replica.ChosenThrough.ShouldBe(3);
        follower.Receive(new LearnReply(9, [new SlotEntry(4, Theirs, Large)]) { From = "n2" });
        follower.Replica.ChosenThrough.ShouldBe(3);
        Asked(follower.Tick(5)).ShouldBeEmpty();
        Asked(follower.Sync()).ShouldBe([4], "what was not asked is asked once there is room");
    }

    [Fact]
    public void Full_journal_opens_no_slot_and_proposals_wait()
    {
        var leader = new TestReplica(
            new ReplicaOptions { MaxUndurableBytes = 200, FullBatchBytes = 1, MaxBatchBytes = 110, MaxWaitingBytes = 220 });
        leader.Lead();
        leader.Sync();
        for (int i = 0; i < 4; i++)
            leader.Propose(i, new string('x', 100));
        Votes(leader).ShouldBe([1, 2]);
        Batch batch = CodecTests.BatchOf(new string('x', 100));
        leader.Replica.Propose(9, batch.Commands, 1).ShouldBe(ProposeResult.Busy);
        leader.Replica.HasOutput.ShouldBeFalse();
        leader.Sync();
        Votes(leader).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public void A_leader_whose_log_takes_too_much_memory_waits_for_a_snapshot()
    {
        var leader = new TestReplica(new ReplicaOptions { MaxLogBytes = 400, OpenSlots = 8 });
        Ballot ballot = leader.Lead();
        leader.Sync();
        for (int slot = 1; slot <= 4; slot++)
        {
            leader.Replica.IsLogLong.ShouldBe(slot > 2);
            leader.Propose(slot, new string('x', 100));
            leader.Sync();
            leader.Receive(new Accepted(ballot, slot, slot - 1) { From = "n2" });
        }

        leader.Chosen.Count.ShouldBe(4);
        Batch batch = CodecTests.BatchOf("y");
        leader.Replica.Propose(9, batch.Commands, 1).ShouldBe(ProposeResult.Busy);
        leader.Replica.SnapshotTaken(4, 0);
        (leader.Replica.FirstSlot, leader.Replica.LogBytes).ShouldBe((5, 0), "what is kept for peers is limited too");
        leader.Replica.Propose(9, batch.Commands, 1).ShouldBe(ProposeResult.Queued);
    }

    [Fact]
    public void A_follower_whose_log_takes_too_much_memory_votes_and_learns_after_a_snapshot()
    {
        var follower = new TestReplica(new ReplicaOptions { MaxLogBytes = 300 });
        SlotEntry[] entries = Enumerable.Range(1, 3).Select(slot => new SlotEntry(slot, Theirs, Large)).ToArray();
        follower.Receive(new Heartbeat(Theirs, 0, 9) { From = "n2" });
        follower.Receive(new LearnReply(9, entries) { From = "n2" });
        follower.Sync();
        follower.Replica.ChosenThrough.ShouldBe(3);
        Asked(follower.Tick(9)).ShouldBeEmpty("the log is too long");
        follower.Receive(AcceptOf(10));
        follower.Receive(new Heartbeat(Theirs, 0, 9) { From = "n2" });
        Votes(follower).ShouldNotContain(10);

        follower.Replica.SnapshotTaken(3, 0);
        Asked(follower.Take()).ShouldBe([4]);
        follower.Receive(AcceptOf(10));
        Votes(follower).ShouldContain(10);
    }

    [Fact]
    public void What_a_snapshot_stands_for_is_not_kept_in_memory()
    {
        WeakReference<byte[]>[] dropped = Drop(out SlotLog log);
        GC.Collect();
        dropped.Count(batch => batch.TryGetTarget(out _)).ShouldBe(0);
        (log.First, log.ChosenBytes).ShouldBe((21, 0));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference<byte[]>[] Drop(out SlotLog log)
    {
        log = new SlotLog();
        var batches = new List<WeakReference<byte[]>>();
        for (int slot = 1; slot <= 20; slot++)
        {
            byte[] commands = new byte[100];
            batches.Add(new WeakReference<byte[]>(commands));
            log.Accept(slot, Theirs, new Batch(commands, 1));
            log.ChooseNext();
        }

        log.DropThrough(20);
        return [.. batches];
    }

    [Fact]
    public void Output_is_cut_at_a_batch_and_its_record_number_is_exact()
    {
        var follower = new TestReplica(new ReplicaOptions { FullBatchBytes = 1, MaxBatchBytes = 300 });
        for (int slot = 1; slot <= 5; slot++)
            follower.Replica.Receive(AcceptOf(slot));
        var sizes = new List<int>();
        long through = 0L;
        while (follower.Replica.HasOutput)
        {
            Output output = follower.TakeOnce();
            output.RecordsThrough.ShouldBe(through += output.Records.Count);
            output.MustSync.ShouldBe(output.Records.Count > 0);
            sizes.Add(output.Records.Count);
        }

        // A promise of 32 bytes, then five votes of 133.
        sizes.ShouldBe([3, 2, 1]);
        follower.Replica.Persisted(4);
        follower.Take().Select(sent => sent.Message).OfType<Accepted>().Select(vote => vote.Slot).ShouldBe([1, 2, 3]);
        Should.Throw<ArgumentOutOfRangeException>(() => follower.Replica.Persisted(7)).Message.ShouldContain("Only 6 records");
    }

    [Fact]
    public void Records_left_for_the_next_output_are_not_yet_put_out()
    {
        var follower = new TestReplica(new ReplicaOptions { FullBatchBytes = 1, MaxBatchBytes = 100 });
        follower.Replica.Receive(AcceptOf(1));
        follower.TakeOnce().RecordsThrough.ShouldBe(1);
        follower.Replica.HasOutput.ShouldBeTrue();
        Should.Throw<ArgumentOutOfRangeException>(() => follower.Replica.Persisted(2));
        follower.TakeOnce().Records.ShouldHaveSingleItem().ShouldBeOfType<JournalRecord.Vote>("one goes, however large");
    }

    [Fact]
    public void Messages_of_one_output_are_cut_too()
    {
        var leader = new TestReplica(new ReplicaOptions { FullBatchBytes = 1, MaxBatchBytes = 300 });
        Ballot ballot = leader.Lead();
        for (int i = 0; i < 5; i++)
            leader.Propose(i, new string('x', 200));
        leader.Replica.Receive(new HeartbeatAck(ballot, 0, 0) { From = "n3" });
        for (int slot = 1; slot <= 5; slot++)
            leader.TakeOnce().Messages.Select(sent => sent.Message).OfType<Accept>().ShouldHaveSingleItem().Slot.ShouldBe(slot);
        leader.Replica.HasOutput.ShouldBeFalse();
    }

    private static Batch Large => CodecTests.BatchOf(new string('x', 100));

    private static Accept AcceptOf(long slot) => new(Theirs, slot, Large, 0) { From = "n2" };

    private static List<Accept> AcceptsTo(string node, List<Outgoing> sent) =>
        [.. sent.Where(each => each.To == node).Select(each => each.Message).OfType<Accept>()];

    private static IEnumerable<long> Votes(TestReplica replica) =>
        replica.Records.OfType<JournalRecord.Vote>().Select(vote => vote.Slot);

    private static IEnumerable<long> Asked(List<Outgoing> sent) =>
        sent.Select(each => each.Message).OfType<LearnRequest>().Select(request => request.FromSlot);
}
