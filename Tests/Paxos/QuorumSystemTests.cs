using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

public sealed class QuorumSystemTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    public void Majority_is_the_default(int count, int majority)
    {
        var quorums = new QuorumSystem(Enumerable.Range(1, count).Select(i => $"n{i}"));
        quorums.Phase1.ShouldBe(majority);
        quorums.Phase2.ShouldBe(majority);
    }

    [Fact]
    public void Every_phase1_quorum_meets_every_phase2_quorum()
    {
        for (int count = 1; count <= 6; count++)
        {
            for (int phase2 = 1; phase2 <= count; phase2++)
            {
                var quorums = new QuorumSystem(Enumerable.Range(1, count).Select(i => $"n{i}"), phase2: phase2);
                for (ulong first = 0UL; first < 1UL << count; first++)
                {
                    for (ulong second = 0UL; second < 1UL << count; second++)
                    {
                        if (quorums.IsPhase1Quorum(new AcceptorSet(first)) && quorums.IsPhase2Quorum(new AcceptorSet(second)))
                            (first & second).ShouldNotBe(0UL);
                    }
                }
            }
        }
    }

    [Fact]
    public void Sizes_that_need_not_meet_are_refused()
    {
        ArgumentException error = Should.Throw<ArgumentException>(() => new QuorumSystem(["a", "b", "c", "d"], 2, 2));
        error.Message.ShouldContain("need not meet");
        Should.Throw<ArgumentException>(() => new QuorumSystem(["a", "b", "c"], 0, 3)).Message.ShouldContain("impossible");
        Should.Throw<ArgumentException>(() => new QuorumSystem(["a", "b", "c"], 4, 1)).Message.ShouldContain("impossible");
    }

    [Fact]
    public void Nobody_or_somebody_twice_is_refused()
    {
        Should.Throw<ArgumentException>(() => new QuorumSystem([])).Message.ShouldContain("needs 1 to 64");
        Should.Throw<ArgumentException>(() => new QuorumSystem(["a", "b", "a"])).Message.ShouldContain("a is named twice");
        Should.Throw<ArgumentException>(() => new QuorumSystem(["a", ""])).Message.ShouldContain("needs a name");
    }

    [Fact]
    public void Strangers_and_repetitions_do_not_count()
    {
        var quorums = new QuorumSystem(["n1", "n2", "n3"]);
        quorums.IsPhase2Quorum(["n1", "n1", "x", "y"]).ShouldBeFalse();
        quorums.IsPhase2Quorum(["n1", "n3"]).ShouldBeTrue();
    }

    [Fact]
    public void Speaks_in_words()
    {
        new QuorumSystem(["n2", "n1", "n3"]).ToString().ShouldBe("2 of n1, n2, n3");
        new QuorumSystem(["n1", "n2", "n3"], phase2: 1).ToString().ShouldBe("3 to lead and 1 to choose of n1, n2, n3");
    }
}
