using Doozer.Paxos;
using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>What the log tells of the quorum, and of leaders that leave.</summary>
public sealed class LeadershipLogTests
{
    private readonly List<string> _log = [];

    [Fact]
    public void A_start_tells_once_that_there_is_a_quorum()
    {
        SimulationCluster cluster = Create();
        Settle(cluster);
        foreach (SimulationNode node in cluster.Nodes)
            Lines($"{node.Name} logs: ns1 has its quorum").ShouldHaveSingleItem();
        Lines("lost its quorum").ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_waits_long_for_the_others_tells_of_no_quorum_before_they_come()
    {
        SimulationCluster cluster = Create();
        cluster["n2"].Crash();
        cluster["n3"].Crash();
        cluster.Run(10 * cluster.ElectionTimeout);
        Lines("quorum").ShouldBeEmpty();

        cluster["n2"].Start();
        Settle(cluster);
        Lines("n1 logs: ns1 has its quorum").ShouldHaveSingleItem();
        Lines("lost its quorum").ShouldBeEmpty();

        cluster["n2"].Crash();
        cluster.Run(10 * cluster.ElectionTimeout);
        Lines("n1 logs: ns1 has lost its quorum: needs 2 of n1, n2, n3; not answering n1: n2, n3").ShouldHaveSingleItem();
    }

    [Fact]
    public void A_leader_that_is_told_to_hand_over_says_so()
    {
        SimulationCluster cluster = Create();
        SimulationNode leader = Settle(cluster);
        string successor = cluster.Nodes.First(node => node != leader).Name;
        leader.Enter("ns1", replica => replica.Driver.TransferLeadership(successor));
        Lines("hands").ShouldHaveSingleItem().ShouldEndWith(
            $"{leader.Name} logs: {leader.Name} hands ns1 over to {successor}: it was told to");
    }

    [Fact]
    public void A_leader_that_stops_says_so()
    {
        SimulationCluster cluster = Create();
        SimulationNode leader = Settle(cluster);
        leader.TransferLeadership().ShouldBeTrue();
        cluster.Run(cluster.ElectionTimeout);
        Lines("hands").ShouldHaveSingleItem().ShouldEndWith(": this node stops");
    }

    [Fact]
    public void A_leader_whose_disk_is_slow_says_how_slow()
    {
        SimulationCluster cluster = Create();
        SimulationNode leader = Settle(cluster);
        leader.Disk.MinSync = leader.Disk.MaxSync = 3000 * cluster.ElectionTimeout;
        for (int i = 0; i < 5 * cluster.ElectionTimeout / 10 && Lines("hands").Count == 0; i++)
        {
            cluster.Write(leader);
            cluster.Run(10);
        }

        Lines("hands").ShouldHaveSingleItem()
            .ShouldMatch(@"its own disk is slow: a write has waited for it for \d+ ms, and a peer's took \d+ ms$");
    }

    [Fact]
    public void A_leader_whose_disk_fails_says_who_is_to_take_over()
    {
        SimulationCluster cluster = Create();
        SimulationNode leader = Settle(cluster);
        leader.Disk.FailFlush();
        cluster.Write(leader).ShouldBeTrue();
        cluster.Run(cluster.ElectionTimeout);
        Lines("hands").ShouldHaveSingleItem().ShouldEndWith(": its log takes no more records");
    }

    private List<string> Lines(string part) => _log.FindAll(line => line.Contains(part, StringComparison.Ordinal));

    private static SimulationNode Settle(SimulationCluster cluster)
    {
        cluster.RunUntil(() => cluster.Leader is not null, 10 * cluster.ElectionTimeout).ShouldBeTrue();
        cluster.Run(10 * cluster.ElectionTimeout);
        return cluster.Leader.ShouldNotBeNull();
    }

    private SimulationCluster Create() =>
        new(1, new QuorumSystem(["n1", "n2", "n3"]), new ReplicaOptions(), _log.Add);
}
