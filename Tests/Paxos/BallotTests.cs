using Doozer.Paxos;

namespace Doozer.Tests.Paxos;

public sealed class BallotTests
{
    [Fact]
    public void Round_comes_before_node()
    {
        (new Ballot(2, "a") > new Ballot(1, "z")).ShouldBeTrue();
        (new Ballot(2, "b") > new Ballot(2, "a")).ShouldBeTrue();
        (new Ballot(2, "a") >= new Ballot(2, "a")).ShouldBeTrue();
        (new Ballot(2, "a") < new Ballot(2, "a")).ShouldBeFalse();
    }

    [Fact]
    public void Nodes_compare_by_code_units() => (new Ballot(1, "B") < new Ballot(1, "a")).ShouldBeTrue();

    [Fact]
    public void Zero_is_below_all()
    {
        (Ballot.Zero < new Ballot(1, string.Empty)).ShouldBeTrue();
        (default(Ballot) <= Ballot.Zero).ShouldBeTrue();
    }

    [Fact]
    public void Prints_round_and_node() => new Ballot(7, "n1").ToString().ShouldBe("7.n1");
}
