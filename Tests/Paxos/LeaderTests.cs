using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

public sealed class LeaderTests
{
    private static readonly Batch Old = CodecTests.BatchOf("old");

    [Fact]
    public void Crowd_shares_the_next_slot_while_slots_are_in_flight()
    {
        var leader = new TestReplica(new ReplicaOptions { OpenSlots = 1 });
        leader.Lead();
        AcceptsTo("n2", leader.Propose(1, "a")).ShouldHaveSingleItem().Slot.ShouldBe(1);
        leader.Propose(2, "b").ShouldBeEmpty();
        leader.Propose(3, "c").ShouldBeEmpty();
        Accept next = AcceptsTo("n2", Vote(leader, 1)).ShouldHaveSingleItem();
        (next.Slot, next.Batch.Count, next.ChosenThrough).ShouldBe((2L, 2, 1L));
        Vote(leader, 2);
        leader.Chosen[1].Proposals.Select(proposal => proposal.Ticket).ShouldBe([2, 3]);
    }

    [Fact]
    public void Full_batches_fill_the_pipeline_up_to_alpha()
    {
        var leader = new TestReplica(new ReplicaOptions { Alpha = 3, OpenSlots = 1, FullBatchBytes = 1, MaxBatchBytes = 8 });
        leader.Lead();
        var slots = new List<long>();
        for (int i = 0; i < 5; i++)
            slots.AddRange(AcceptsTo("n2", leader.Propose(i, "123456")).Select(accept => accept.Slot));
        slots.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void No_slot_is_opened_while_those_in_flight_have_too_many_bytes()
    {
        var leader = new TestReplica(new ReplicaOptions { FullBatchBytes = 1, MaxBatchBytes = 100, MaxBytesInFlight = 150 });
        leader.Lead();
        var slots = new List<long>();
        for (int i = 0; i < 5; i++)
            slots.AddRange(AcceptsTo("n2", leader.Propose(i, new string('x', 80))).Select(accept => accept.Slot));
        slots.ShouldBe([1, 2]);
        leader.Sync();
        AcceptsTo("n2", Vote(leader, 1)).Select(accept => accept.Slot).ShouldBe([3]);
    }

    [Fact]
    public void A_batch_above_the_limit_of_bytes_in_flight_goes_alone()
    {
        var leader = new TestReplica(new ReplicaOptions { MaxBytesInFlight = 1 });
        leader.Lead();
        AcceptsTo("n2", leader.Propose(1, new string('x', 80))).Select(accept => accept.Slot).ShouldBe([1]);
        AcceptsTo("n2", leader.Propose(2, "y")).ShouldBeEmpty();
        leader.Sync();
        AcceptsTo("n2", Vote(leader, 1)).Select(accept => accept.Slot).ShouldBe([2]);
    }

    [Fact]
    public void Own_vote_counts_once_durable_and_a_repeated_vote_counts_once()
    {
        var leader = new TestReplica();
        Ballot ballot = leader.Lead();
        leader.Propose(1, "a");
        leader.Receive(new Accepted(ballot, 1, 0) { From = "n2" });
        leader.Receive(new Accepted(ballot, 1, 0) { From = "n2" });
        leader.Chosen.ShouldBeEmpty();
        leader.Sync();
        leader.Chosen.ShouldHaveSingleItem().Proposals.ShouldHaveSingleItem().Ticket.ShouldBe(1);
    }

    [Fact]
    public void Vote_for_an_earlier_ballot_does_not_count()
    {
        var leader = new TestReplica();
        Ballot ballot = leader.Lead();
        leader.Propose(7, "x");
        leader.Sync();
        leader.Receive(new Accepted(new Ballot(ballot.Round - 1, "n1"), 1, 0) { From = "n2" });
        leader.Chosen.ShouldBeEmpty();
        leader.Receive(new Accepted(ballot, 1, 0) { From = "n2" });
        leader.Chosen.Count.ShouldBe(1);
    }

    [Fact]
    public void New_leader_keeps_the_highest_ballot_and_fills_holes()
    {
        var leader = new TestReplica();
        leader.Receive(new Accept(new Ballot(1, "n2"), 1, CodecTests.BatchOf("older"), 0) { From = "n2" });
        leader.Sync();
        Ballot ballot = leader.Lead(new SlotEntry(1, new Ballot(1, "n3"), Old), new SlotEntry(3, new Ballot(1, "n2"), Old));
        leader.Replica.RequestRead(1).ShouldBe(ProposeResult.Queued);
        leader.Take();
        for (int slot = 1; slot <= 3; slot++)
        {
            leader.Reads.ShouldBeEmpty("an earlier leader may have acknowledged what is not chosen here yet");
            leader.Receive(new Accepted(ballot, slot, 0) { From = "n2" });
            leader.Receive(new Accepted(ballot, slot, 0) { From = "n3" });
        }

        leader.Chosen.Select(chosen => chosen.Batch.Count).ShouldBe([1, 0, 1]);
        leader.Chosen[0].Batch.SameAs(Old).ShouldBeTrue();
        leader.Receive(new HeartbeatAck(ballot, 1, 3) { From = "n2" });
        leader.Reads.ShouldHaveSingleItem().ShouldBe(new ConfirmedRead(1, 3));
    }

    [Fact]
    public void Read_is_confirmed_by_a_round_that_began_after_it()
    {
        var leader = new TestReplica();
        Ballot ballot = leader.Lead();
        leader.Replica.RequestRead(1);
        leader.Take().Select(sent => sent.Message).OfType<Heartbeat>().ShouldAllBe(heartbeat => heartbeat.Round == 1);
        leader.Replica.RequestRead(2);
        leader.Take();
        leader.Receive(new HeartbeatAck(ballot, 0, 0) { From = "n2" });
        leader.Reads.ShouldBeEmpty();
        leader.Receive(new HeartbeatAck(ballot, 1, 0) { From = "n2" });
        leader.Reads.Select(read => read.Ticket).ShouldBe([1]);
        leader.Receive(new HeartbeatAck(ballot, 1, 0) { From = "n3" });
        leader.Reads.Select(read => read.Ticket).ShouldBe([1]);
        leader.Receive(new HeartbeatAck(ballot, 2, 0) { From = "n3" });
        leader.Reads.Select(read => read.Ticket).ShouldBe([1, 2]);
    }

    [Fact]
    public void Read_is_confirmed_at_once_by_the_word_of_an_acceptor_that_came_with_it_and_no_other_read_is()
    {
        var leader = new TestReplica();
        Ballot ballot = leader.Lead();
        leader.Replica.RequestRead(1);
        leader.Take();
        leader.Replica.RequestRead(2);
        leader.Replica.RequestRead(3, new HeartbeatAck(ballot, 0, 0) { From = "n2" }).ShouldBe(ProposeResult.Queued);
        leader.Take().ShouldBeEmpty("nobody need be asked");
        leader.Reads.ShouldBe([new ConfirmedRead(3, 0)]);
    }

    [Fact]
    public void Word_of_another_ballot_or_of_a_stranger_confirms_nothing()
    {
        var leader = new TestReplica();
        Ballot ballot = leader.Lead();
        leader.Replica.RequestRead(1, new HeartbeatAck(new Ballot(ballot.Round + 1, "n3"), 0, 0) { From = "n2" });
        leader.Replica.RequestRead(2, new HeartbeatAck(ballot, 0, 0) { From = "n9" });
        leader.Replica.RequestRead(3, new HeartbeatAck(ballot, 0, 0) { From = "n1" });
        leader.Take().Select(sent => sent.Message).OfType<Heartbeat>().ShouldNotBeEmpty();
        leader.Reads.ShouldBeEmpty();
        leader.Receive(new HeartbeatAck(ballot, 1, 0) { From = "n2" });
        leader.Reads.Select(read => read.Ticket).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Word_confirms_nothing_before_a_new_leader_knows_what_it_found()
    {
        var leader = new TestReplica();
        Ballot ballot = leader.Lead(new SlotEntry(1, new Ballot(1, "n3"), Old));
        leader.Replica.RequestRead(1, new HeartbeatAck(ballot, 0, 0) { From = "n2" });
        leader.Take();
        leader.Reads.ShouldBeEmpty();
    }

    [Fact]
    public void Lost_leadership_tells_proposed_from_waiting()
    {
        var leader = new TestReplica(new ReplicaOptions { OpenSlots = 1 });
        Ballot ballot = leader.Lead();
        leader.Propose(1, "a");
        leader.Propose(2, "b");
        leader.Replica.RequestRead(1);
        leader.Receive(new Rejected(ballot, new Ballot(99, "n3")) { From = "n3" });
        leader.Replica.Role.ShouldBe(Role.Follower);
        leader.Lost.ShouldBe([new LostProposal(1, true), new LostProposal(2, false)]);
        leader.ReadsFailed.ShouldBe([1]);
    }

    [Fact]
    public void Peer_that_is_away_is_sent_heartbeats_only()
    {
        var leader = new TestReplica();
        leader.Lead();
        AcceptsTo("n3", leader.Propose(1, "a")).ShouldBeEmpty("n3 has not answered this leader yet");
        AcceptsTo("n3", leader.Receive(new HeartbeatAck(leader.Replica.Promised, 0, 0) { From = "n3" })).ShouldHaveSingleItem();
    }

    [Fact]
    public void Lost_accept_is_sent_again()
    {
        var leader = new TestReplica();
        leader.Lead();
        leader.Propose(1, "a");
        AcceptsTo("n2", leader.Tick(5)).ShouldHaveSingleItem().Slot.ShouldBe(1);
    }

    [Fact]
    public void Too_much_waiting_is_busy_and_too_large_is_refused()
    {
        var leader = new TestReplica(new ReplicaOptions
        {
            OpenSlots = 1,
            FullBatchBytes = 10,
            MaxBatchBytes = 10,
            MaxWaitingBytes = 10,
            MaxWaitingReads = 1,
        });
        Batch batch = CodecTests.BatchOf("12345");
        leader.Replica.Propose(1, batch.Commands, 1).ShouldBe(ProposeResult.NotLeader);
        leader.Lead();
        leader.Propose(1, "12345");
        leader.Propose(2, "12345");
        leader.Replica.Propose(3, batch.Commands, 1).ShouldBe(ProposeResult.Busy);
        leader.Replica.RequestRead(1).ShouldBe(ProposeResult.Queued);
        leader.Replica.RequestRead(2).ShouldBe(ProposeResult.Busy);
        Batch large = CodecTests.BatchOf("12345678901");
        Should.Throw<ArgumentException>(() => leader.Replica.Propose(4, large.Commands, 1))
            .Message.ShouldContain("larger than a batch");
        Should.Throw<ArgumentException>(() => leader.Replica.Propose(5, batch.Commands, 2))
            .Message.ShouldContain("are not 2 commands");
    }

    [Fact]
    public void Leader_steps_down_when_no_quorum_answers()
    {
        var leader = new TestReplica();
        leader.Lead();
        leader.Tick(2 * new ReplicaOptions().ElectionTicks);
        leader.Replica.Role.ShouldNotBe(Role.Leader);
        leader.Replica.Leader.ShouldBeNull();
    }

    [Fact]
    public void Who_hears_a_leader_grants_no_pre_vote()
    {
        var follower = new TestReplica();
        follower.Receive(new Heartbeat(new Ballot(1, "n2"), 0, 0) { From = "n2" });
        PreVoteReply refused = follower.Receive(new PreVote(5, 0) { From = "n3" })
            .Single()
            .Message.ShouldBeOfType<PreVoteReply>();
        refused.Granted.ShouldBeFalse();
        follower.Tick(new ReplicaOptions().ElectionTicks);
        PreVoteReply granted = follower.Receive(new PreVote(6, 0) { From = "n3" })
            .Select(sent => sent.Message)
            .OfType<PreVoteReply>()
            .Single();
        granted.Granted.ShouldBeTrue();
    }

    [Fact]
    public void Successor_stands_at_once()
    {
        var follower = new TestReplica();
        follower.Receive(new Heartbeat(new Ballot(1, "n2"), 0, 0) { From = "n2" });
        follower.Receive(new TransferLeadership(new Ballot(1, "n2")) { From = "n2" });
        follower.Sync()
            .Select(sent => sent.Message)
            .OfType<Prepare>()
            .ShouldAllBe(prepare => prepare.Ballot == new Ballot(2, "n1"));
        follower.Replica.Role.ShouldBe(Role.Candidate);
    }

    [Theory]
    [InlineData(0, 8, "HeartbeatTicks is 0")]
    [InlineData(6, 8, "ElectionTicks is 10")]
    [InlineData(2, 0, "Alpha is 0")]
    public void Options_out_of_range_are_refused(int heartbeat, int alpha, string why)
    {
        var options = new ReplicaOptions { HeartbeatTicks = heartbeat, Alpha = alpha };
        Should.Throw<ArgumentException>(() => new TestReplica(options)).Message.ShouldContain(why);
    }

    private static List<Accept> AcceptsTo(string node, List<Outgoing> sent) =>
        [.. sent.Where(each => each.To == node).Select(each => each.Message).OfType<Accept>()];

    private static List<Outgoing> Vote(TestReplica leader, long slot)
    {
        List<Outgoing> sent = leader.Sync();
        sent.AddRange(leader.Receive(new Accepted(leader.Replica.Promised, slot, 0) { From = "n2" }));
        return sent;
    }
}
