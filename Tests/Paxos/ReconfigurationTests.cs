using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

/// <summary>How n1, of n1, n2, n3, leads and stands while the quorums change.</summary>
public sealed class ReconfigurationTests
{
    private static readonly ReplicaOptions Options = new() { Alpha = 2, OpenSlots = 1 };
    private static readonly QuorumSystem Four = new(["n1", "n2", "n3", "n4"]);

    private readonly TestReplica _replica = new(Options);
    private readonly List<string> _behind = [];
    private Ballot _ballot;

    [Fact]
    public void Slots_are_filled_with_nothing_until_new_quorums_are_in_force()
    {
        Lead("n4");
        Wish(Four).ShouldBe(ReconfigureResult.Taken);
        Accept first = SentTo("n2", _replica.Take()).OfType<Accept>().Single();
        Reconfiguration.Read(first.Batch).Quorums.IsSameAs(Four).ShouldBeTrue();
        _replica.Sync();
        Accept second = SentTo("n2", Vote(1, "n2")).OfType<Accept>().Single();
        (second.Slot, second.Batch.IsReconfiguration, second.Batch.Count).ShouldBe((2, false, 0));
        _replica.Sync();
        Vote(2, "n2");
        _replica.Replica.Configurations.Current.Epoch.ShouldBe(1);
        _replica.Chosen.Count.ShouldBe(2);
    }

    [Fact]
    public void Slots_of_new_quorums_wait_for_their_promises_and_need_their_votes()
    {
        Lead("n4");
        List<Outgoing> sent = Change(Four);
        Prepare prepare = SentTo("n4", sent).OfType<Prepare>().Single();
        prepare.Ballot.ShouldBe(_ballot);
        _replica.Propose(1, "a").ShouldNotContain(outgoing => outgoing.Message is Accept);

        sent = _replica.Receive(new Promise(_ballot, prepare.FromSlot, long.MaxValue, 0, []) { From = "n4" });
        SentTo("n4", sent).OfType<Accept>().Single().Slot.ShouldBe(3);
        _replica.Sync();
        Vote(3, "n2");
        _replica.Replica.ChosenThrough.ShouldBe(2, "two of four are no quorum");
        Vote(3, "n4");
        _replica.Replica.ChosenThrough.ShouldBe(3);
    }

    [Fact]
    public void What_new_acceptors_have_accepted_already_is_proposed_again()
    {
        Lead("n4");
        Prepare prepare = SentTo("n4", Change(Four)).OfType<Prepare>().Single();
        _replica.Propose(1, "mine");
        var told = new SlotEntry(3, new Ballot(1, "n0"), CodecTests.BatchOf("theirs"));
        List<Outgoing> sent =
            _replica.Receive(new Promise(_ballot, prepare.FromSlot, long.MaxValue, 0, [told]) { From = "n4" });
        Accept third = SentTo("n2", sent).OfType<Accept>().First();
        (third.Slot, third.Batch.SameAs(told.Batch)).ShouldBe((3, true));
    }

    [Fact]
    public void The_vote_of_a_learner_counts_for_nothing()
    {
        Lead("n4");
        Accept accept = SentTo("n4", _replica.Propose(1, "a")).OfType<Accept>().Single();
        accept.Slot.ShouldBe(1);
        _replica.Sync();
        Vote(1, "n4");
        _replica.Replica.ChosenThrough.ShouldBe(0);
        Vote(1, "n3");
        _replica.Replica.ChosenThrough.ShouldBe(1);
    }

    [Fact]
    public void Reads_are_confirmed_by_both_quorums_while_a_change_is_under_way()
    {
        Lead("n4", "n5");
        Wish(new QuorumSystem(["n3", "n4", "n5"])).ShouldBe(ReconfigureResult.Taken);
        _replica.Take();
        _replica.Sync();
        List<Outgoing> sent = Vote(1, "n2");
        foreach (string node in (string[])["n4", "n5"])
        {
            Prepare prepare = SentTo(node, sent).OfType<Prepare>().Single();
            _replica.Receive(new Promise(_ballot, prepare.FromSlot, long.MaxValue, 0, []) { From = node });
        }

        _replica.Replica.RequestRead(7, new HeartbeatAck(_ballot, 0, 0) { From = "n2" });
        Heartbeat round = _replica.Take().Select(outgoing => outgoing.Message).OfType<Heartbeat>().First();
        Confirm(round, "n2");
        Confirm(round, "n4");
        _replica.Reads.ShouldBeEmpty("n5 and n3 may follow another");
        Confirm(round, "n5");
        _replica.Reads.ShouldHaveSingleItem().Slot.ShouldBe(1);
    }

    [Fact]
    public void Reads_that_wait_for_acceptors_who_are_left_out_are_confirmed_by_the_new_ones()
    {
        Lead("n4", "n5");
        _replica.Replica.RequestRead(7);
        _replica.Take();
        Prepare prepare = SentTo("n4", Change(new QuorumSystem(["n1", "n4", "n5"]))).OfType<Prepare>().First();
        List<Outgoing> sent = _replica.Receive(new Promise(_ballot, prepare.FromSlot, long.MaxValue, 0, []) { From = "n4" });
        Confirm(SentTo("n4", sent).OfType<Heartbeat>().Single(), "n4");
        _replica.Reads.ShouldHaveSingleItem().Ticket.ShouldBe(7);
    }

    [Fact]
    public void A_candidate_needs_the_promises_of_both_quorums()
    {
        TestReplica replica = Restarted(new QuorumSystem(["n1", "n4", "n5"]));
        PreVote preVote = Until<PreVote>(replica);
        replica.Receive(new PreVoteReply(preVote.Attempt, true, Ballot.Zero, 1) { From = "n2" });
        replica.Sync().ShouldNotContain(outgoing => outgoing.Message is Prepare);
        replica.Receive(new PreVoteReply(preVote.Attempt, true, Ballot.Zero, 1) { From = "n4" });
        Prepare prepare = replica.Sync().Select(outgoing => outgoing.Message).OfType<Prepare>().First();
        replica.Receive(new Promise(prepare.Ballot, prepare.FromSlot, long.MaxValue, 1, []) { From = "n2" });
        replica.Replica.Role.ShouldBe(Role.Candidate);
        replica.Receive(new Promise(prepare.Ballot, prepare.FromSlot, long.MaxValue, 1, []) { From = "n4" });
        replica.Replica.Role.ShouldBe(Role.Leader);
    }

    [Fact]
    public void A_leader_that_is_left_out_goes_when_a_quorum_of_the_others_has_it_on_disk()
    {
        Lead();
        Change(new QuorumSystem(["n2", "n3"]));
        _replica.Receive(new Promise(_ballot, 1, long.MaxValue, 0, []) { From = "n3" });
        for (int i = 0; i < 3; i++)
        {
            Answer(epoch: 0);
            _replica.Tick(3).ShouldNotContain(outgoing => outgoing.Message is TransferLeadership);
        }

        Answer(epoch: 1);
        _replica.Replica.IsSettled.ShouldBeTrue();
        _replica.Tick().ShouldContain(outgoing => outgoing.Message is TransferLeadership);
    }

    [Fact]
    public void Who_is_behind_gets_no_vote_and_nobody_changes_what_is_being_changed()
    {
        Lead("n4");
        Wish(new QuorumSystem(["n1", "n2", "n9"])).ShouldBe(ReconfigureResult.NotCaughtUp);
        _behind.ShouldBe(["n9"]);
        Wish(Four, epoch: 1).ShouldBe(ReconfigureResult.Outdated);
        Wish(new QuorumSystem(["n1", "n2", "n3"])).ShouldBe(ReconfigureResult.Taken, "it is so");
        _replica.Take().ShouldNotContain(outgoing => outgoing.Message is Accept);
        Wish(Four, epoch: 0).ShouldBe(ReconfigureResult.Taken);
        Wish(new QuorumSystem(["n1", "n2"])).ShouldBe(ReconfigureResult.UnderWay);
        new TestReplica().Replica.Reconfigure(Four, null, []).ShouldBe(ReconfigureResult.NotLeader);
    }

    [Fact]
    public void Those_without_a_vote_ask_what_there_is_to_learn_and_do_not_stand_and_are_not_helped()
    {
        var learner = new Replica("n4", new QuorumSystem(["n1", "n2", "n3"]), Options, new DurableState(), new Random(1));
        for (int i = 0; i < 100; i++)
            learner.Tick();
        var output = new Output();
        learner.TakeOutput(output);
        output.Messages.Select(outgoing => outgoing.To).Distinct().Count().ShouldBe(3);
        output.Messages.ShouldAllBe(outgoing => outgoing.Message is LearnRequest);

        _replica.Replica.SetMembers(["n4"]);
        List<Outgoing> sent = _replica.Receive(new PreVote(1, 0) { From = "n4" });
        ((PreVoteReply)sent.Single().Message).Granted.ShouldBeFalse();
    }

    [Fact]
    public void Who_is_told_that_it_is_left_out_stands_no_more_until_it_has_a_vote_again()
    {
        _replica.Replica.LeftOut(1);
        _replica.Tick(100).ShouldAllBe(outgoing => outgoing.Message is LearnRequest);
        Restarted(Four).Tick(100).ShouldContain(outgoing => outgoing.Message is PreVote);
        TestReplica again = Restarted(Four);
        again.Replica.LeftOut(1);
        again.Tick(100).ShouldAllBe(outgoing => outgoing.Message is LearnRequest);
    }

    [Fact]
    public void A_stranger_in_a_later_epoch_is_let_in()
    {
        _replica.Replica.Admits("n9", 0).ShouldBeFalse();
        _replica.Replica.Knows("n9").ShouldBeFalse();
        _replica.Replica.Admits("n9", 1).ShouldBeTrue();
        _replica.Replica.Knows("n9").ShouldBeTrue();
        _replica.Receive(new Heartbeat(new Ballot(5, "n9"), 0, 3) { From = "n9" })
            .ShouldContain(outgoing => outgoing.To == "n9" && outgoing.Message is LearnRequest);
    }

    [Fact]
    public void Members_may_come_and_go_for_ever()
    {
        Lead();
        for (int i = 0; i < 200; i++)
            _replica.Replica.SetMembers(["m" + i, "m" + (i + 1)]);
        _replica.Replica.Members.Select(peer => peer.Node).ShouldBe(["n1", "n2", "n3", "m199", "m200"]);
    }

    private ReconfigureResult Wish(QuorumSystem quorums, long? epoch = null)
    {
        _behind.Clear();
        return _replica.Replica.Reconfigure(quorums, epoch, _behind);
    }

    /// <summary>Leads with n2's promise; n3 and the learners answer.</summary>
    private void Lead(params string[] learners)
    {
        _ballot = _replica.Lead();
        _replica.Sync();
        _replica.Replica.SetMembers(learners);
        foreach (string node in (string[])["n3", .. learners])
            _replica.Receive(new HeartbeatAck(_ballot, 0, 0) { From = node });
    }

    /// <summary>Lets new quorums come into force, by the votes of n2.</summary>
    private List<Outgoing> Change(QuorumSystem quorums)
    {
        Wish(quorums).ShouldBe(ReconfigureResult.Taken);
        _replica.Take();
        _replica.Sync();
        List<Outgoing> sent = Vote(1, "n2");
        _replica.Sync();
        sent.AddRange(Vote(2, "n2"));
        _replica.Sync();
        _replica.Replica.Quorums.IsSameAs(quorums).ShouldBeTrue();
        return sent;
    }

    private List<Outgoing> Vote(long slot, string node) =>
        _replica.Receive(new Accepted(_ballot, slot, slot - 1) { From = node });

    private void Confirm(Heartbeat round, string node) =>
        _replica.Receive(new HeartbeatAck(_ballot, round.Round, 1) { From = node });

    private void Answer(long epoch)
    {
        foreach (string node in (string[])["n2", "n3"])
            _replica.Replica.Receive(new HeartbeatAck(_ballot, 0, 2) { From = node }, epoch);
        _replica.Sync();
    }

    /// <summary>n1, which knows that new quorums are chosen and not in force yet.</summary>
    private static TestReplica Restarted(QuorumSystem quorums)
    {
        var state = new DurableState();
        state.Replay(new JournalRecord.Vote(1, new Ballot(1, "n2"), new Reconfiguration(1, quorums).ToBatch()));
        state.Replay(new JournalRecord.ChosenHint(1));
        return new TestReplica(Options, state);
    }

    private static IEnumerable<Message> SentTo(string node, List<Outgoing> sent) =>
        sent.Where(outgoing => outgoing.To == node).Select(outgoing => outgoing.Message);

    private static T Until<T>(TestReplica replica)
        where T : Message => replica.Tick(40).Select(outgoing => outgoing.Message).OfType<T>().Last();
}
