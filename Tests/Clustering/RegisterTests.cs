using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

public sealed class RegisterTests
{
    private const int Seeds = 600;

    [Fact]
    public void Histories_are_linearizable_while_members_change()
    {
        int completed = 0;
        int changes = 0;
        for (int seed = 1; seed <= Seeds; seed++)
        {
            var simulation = new RegisterSimulation(seed);
            simulation.Run().ShouldBeNull($"seed {seed}");
            completed += simulation.Completed;
            changes += simulation.ChangesOfMembers;
        }

        completed.ShouldBeGreaterThan(Seeds * 10, "an operation that never completes proves nothing");
        changes.ShouldBeGreaterThan(Seeds * 2, "nor does a change");
    }

    [Fact]
    public void The_checker_catches_acceptors_that_forget() =>
        FirstSeedThatFails(RegisterRules.Paxos, 60, forgetful: true).ShouldNotBeNull();

    [Theory]
    [InlineData(RegisterBug.OldListChangesAlone, 114)]
    [InlineData(RegisterBug.OldListPromisesAlone, 41)]
    [InlineData(RegisterBug.OldListAcceptsAlone, 9324)]
    [InlineData(RegisterBug.JointStepIsSkipped, 11)]
    [InlineData(RegisterBug.FinishesBeforeJointIsChosen, 211)]
    [InlineData(RegisterBug.ReadCountsOldList, 41)]
    public void The_checker_catches(RegisterBug bug, int seed)
    {
        var rules = new BrokenRegisterRules(bug);
        if (new RegisterSimulation(seed, rules).Run() is null)
            FirstSeedThatFails(rules, 20_000).ShouldBe(seed, "when the simulation draws differently, another seed is the first");
    }

    [Fact]
    public void An_acceptor_keeps_its_promise()
    {
        (RegisterState promised, RegisterAnswer promise) = RegisterAcceptor.Handle(
            RegisterState.Initial, RegisterRequest.Prepare(new Ballot(2, "b")));
        promise.Granted.ShouldBeTrue();

        (RegisterState unchanged, RegisterAnswer refusal) = RegisterAcceptor.Handle(
            promised, RegisterRequest.Accept(new Ballot(2, "a"), new byte[] { 1 }));
        refusal.ShouldBe(new RegisterAnswer(false, new Ballot(2, "b"), Ballot.Zero, default));
        unchanged.ShouldBeSameAs(promised);

        (RegisterState accepted, RegisterAnswer yes) = RegisterAcceptor.Handle(
            promised, RegisterRequest.Accept(new Ballot(2, "b"), new byte[] { 1 }));
        yes.Granted.ShouldBeTrue();
        accepted.Value.ToArray().ShouldBe([1]);
    }

    [Fact]
    public void A_read_needs_a_quorum_that_holds_one_value()
    {
        var read = new RegisterRead(RegisterMembers.Of(new QuorumSystem(["a", "b", "c"])));
        read.OnAnswer("a", Holding(2)).ShouldBeFalse();
        read.OnAnswer("a", Holding(2)).ShouldBeFalse("an answer counts once");
        read.OnAnswer("b", Holding(1)).ShouldBeFalse();
        read.OnAnswer("c", Holding(2)).ShouldBeTrue();
        read.Value.ToArray().ShouldBe([2]);
    }

    private static int? FirstSeedThatFails(RegisterRules rules, int seeds, bool forgetful = false)
    {
        for (int seed = 1; seed <= seeds; seed++)
        {
            if (new RegisterSimulation(seed, rules, forgetful).Run() is not null)
                return seed;
        }

        return null;
    }

    private static RegisterAnswer Holding(byte round) => new(true, new Ballot(9, "z"), new Ballot(round, "a"), new[] { round });
}
