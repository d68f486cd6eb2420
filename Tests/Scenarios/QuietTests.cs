using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>Groups that nobody uses cost nothing, and are there again when they are needed.</summary>
public sealed class QuietTests
{
    private const int Idle = 1000;

    private readonly SimulationCluster _cluster = new(
        17, new QuorumSystem(["n1", "n2", "n3"]), new ReplicaOptions { QuietTicks = 20 });

    [Fact]
    public void An_idle_group_goes_quiet_and_stays_so()
    {
        SimulationNode leader = GoQuiet();
        Ballot ballot = leader.Replica!.Promised;

        _cluster.Run(100 * _cluster.ElectionTimeout);

        _cluster.Nodes.ShouldAllBe(node => node.First!.Driver.IsQuiet);
        leader.Replica.Promised.ShouldBe(ballot);
        leader.WentQuiet.ShouldBe(1);
        leader.Replica.HasQuorum.ShouldBeTrue();
    }

    [Fact]
    public void A_write_wakes_the_group_and_it_goes_quiet_again()
    {
        SimulationNode leader = GoQuiet();

        _cluster.Write(leader).ShouldBeTrue();

        _cluster.RunUntil(() => _cluster.Converged() && leader.Applied > 0, Idle).ShouldBeTrue(_cluster.Describe());
        GoQuiet().ShouldBe(leader);
    }

    [Fact]
    public void A_read_wakes_the_leader()
    {
        SimulationNode leader = GoQuiet();

        _cluster.Read(leader).ShouldBeTrue();

        _cluster.RunUntil(() => _cluster.ReadsConfirmed > 0, Idle).ShouldBeTrue();
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("paused")]
    [InlineData("cut off")]
    public void Another_leads_when_the_leader_of_a_quiet_group_is_lost(string how)
    {
        SimulationNode leader = GoQuiet();
        SimulationNode[] others = [.. _cluster.Nodes.Where(node => node != leader)];
        if (how == "killed")
            leader.Kill();
        else if (how == "paused")
            leader.Pause(1_000_000_000);
        else
            CutOff(leader);

        _cluster.RunUntil(() => others.Any(node => node.Leads), 5 * _cluster.ElectionTimeout).ShouldBeTrue(_cluster.Describe());
    }

    [Fact]
    public void A_leader_that_was_quiet_and_is_cut_off_finds_out()
    {
        SimulationNode leader = GoQuiet();
        CutOff(leader);

        _cluster.RunUntil(() => !leader.Leads, 5 * _cluster.ElectionTimeout).ShouldBeTrue(_cluster.Describe());
    }

    [Fact]
    public void A_group_goes_quiet_without_a_follower_that_is_down_and_wakes_for_it()
    {
        SimulationNode leader = GoQuiet();
        SimulationNode follower = _cluster.Nodes.First(node => node != leader);
        follower.Kill();
        _cluster.Write(leader);
        _cluster.RunUntil(
            () => _cluster.Nodes.Where(node => node != follower).All(node => node.Applied > 0 && node.First!.Driver.IsQuiet),
            10 * Idle).ShouldBeTrue(_cluster.Describe());

        follower.Start();

        _cluster.RunUntil(() => follower.Applied > 0, Idle).ShouldBeTrue(_cluster.Describe());
        GoQuiet();
    }

    private SimulationNode GoQuiet()
    {
        bool IsQuiet() => _cluster.Nodes.All(node => node.First is { Driver.IsQuiet: true });
        _cluster.RunUntil(IsQuiet, 10 * Idle).ShouldBeTrue(_cluster.Describe());
        return _cluster.Leader.ShouldNotBeNull();
    }

    private void CutOff(SimulationNode node)
    {
        foreach (SimulationNode other in _cluster.Nodes)
            _cluster.Network.CutBothWays(node.Name, other.Name);
    }
}
