using Doozer.Clustering;
using Doozer.Paxos;

namespace Doozer.Tests.Clustering;

public sealed class RegisterTests
{
    [Fact]
    public void Histories_are_linearizable()
    {
        int completed = 0;
        for (int seed = 1; seed <= 600; seed++)
        {
            var simulation = new RegisterSimulation(seed);
            string? fault = simulation.Run();
            fault.ShouldBeNull($"seed {seed}");
            completed += simulation.Completed;
        }

        completed.ShouldBeGreaterThan(600 * 7, "an operation that never completes proves nothing");
    }

    [Fact]
    public void The_checker_catches_acceptors_that_forget()
    {
        int caught = Enumerable.Range(1, 300).Count(seed => new RegisterSimulation(seed, forgetful: true).Run() is not null);
        caught.ShouldBeGreaterThan(5);
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
        var read = new RegisterRead(new QuorumSystem(["a", "b", "c"]));
        read.OnAnswer("a", Holding(2)).ShouldBeFalse();
        read.OnAnswer("a", Holding(2)).ShouldBeFalse("an answer counts once");
        read.OnAnswer("b", Holding(1)).ShouldBeFalse();
        read.OnAnswer("c", Holding(2)).ShouldBeTrue();
        read.Value.ToArray().ShouldBe([2]);
    }

    private static RegisterAnswer Holding(byte round) => new(true, new Ballot(9, "z"), new Ballot(round, "a"), new[] { round });
}
