using Doozer.Paxos;
using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>
/// Partial partitions, after the scenarios of Omni-Paxos (Ng, Haridi and Carbone, EuroSys '23): a leader must emerge wherever
/// some node can reach a quorum, and stay.
/// </summary>
public sealed class PartitionTests
{
    [Fact]
    public void Chain_keeps_its_leader_though_one_end_cannot_hear_it()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        SimulationNode[] others = Others(cluster, leader);
        Ballot ballot = leader.Replica!.Promised;
        cluster.Network.CutBothWays(leader.Name, others[1].Name);
        WritesFor(cluster, leader, 30 * cluster.ElectionTimeout);

        leader.Replica.Promised.ShouldBe(ballot, "the far end must not unseat a leader that has a quorum");
        others[1].Replica!.Leader.ShouldBeNull();
        (cluster.Safety.Chosen - others[1].Applied).ShouldBeLessThan(200, "it learns from its neighbour");
    }

    [Fact]
    public void Chain_elects_one_leader_and_keeps_it()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        SimulationNode[] others = Others(cluster, leader);
        cluster.Network.CutBothWays(others[0].Name, others[1].Name);
        leader.Crash();
        leader.Start();
        cluster.RunUntil(() => cluster.Leader is not null, 10 * cluster.ElectionTimeout).ShouldBeTrue(cluster.Describe());
        cluster.Run(3 * cluster.ElectionTimeout);
        SimulationNode elected = cluster.Leader.ShouldNotBeNull();
        Ballot ballot = elected.Replica!.Promised;
        WritesFor(cluster, elected, 30 * cluster.ElectionTimeout);
        elected.Replica.Promised.ShouldBe(ballot);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Chained_scenario_elects_one_leader_that_stays(int count)
    {
        SimulationCluster cluster = Start(count, out SimulationNode? leader);
        for (int i = 0; i < count; i++)
        {
            for (int j = i + 2; j < count; j++)
                cluster.Network.CutBothWays(cluster.Nodes[i].Name, cluster.Nodes[j].Name);
        }

        leader.Crash();
        leader.Start();
        bool ReachesAQuorum() => cluster.Leader is { Replica.HasQuorum: true };
        cluster.RunUntil(ReachesAQuorum, 10 * cluster.ElectionTimeout).ShouldBeTrue(cluster.Describe());
        cluster.Run(3 * cluster.ElectionTimeout);
        SimulationNode elected = cluster.Leader.ShouldNotBeNull(cluster.Describe());
        Ballot ballot = elected.Replica!.Promised;
        WritesFor(cluster, elected, 30 * cluster.ElectionTimeout);
        elected.Replica.Promised.ShouldBe(ballot);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Quorum_loss_scenario_moves_leadership_to_the_only_node_with_a_quorum(int count)
    {
        SimulationCluster cluster = Start(count, out SimulationNode? leader);
        SimulationNode hub = Others(cluster, leader)[0];
        foreach (SimulationNode one in cluster.Nodes)
        {
            foreach (SimulationNode other in cluster.Nodes)
            {
                if (one != hub && other != hub)
                    cluster.Network.Cut(one.Name, other.Name);
            }
        }

        // Of three, the old leader and the hub are a quorum, and nothing has to change; of five they are not.
        cluster.RunUntil(() => cluster.Leader is { } now && (now == hub || count == 3), 10 * cluster.ElectionTimeout)
            .ShouldBeTrue(cluster.Describe());
        SimulationNode elected = cluster.Leader!;
        Ballot ballot = elected.Replica!.Promised;
        WritesFor(cluster, elected, 30 * cluster.ElectionTimeout);
        elected.Replica.Promised.ShouldBe(ballot);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Constrained_election_scenario_is_won_by_the_only_node_with_a_quorum_though_it_is_behind(int count)
    {
        SimulationCluster cluster = Start(count, out SimulationNode? leader);
        SimulationNode[] others = Others(cluster, leader);
        SimulationNode hub = others[0];
        foreach (SimulationNode node in cluster.Nodes)
            cluster.Network.CutBothWays(hub.Name, node.Name);
        WritesFor(cluster, leader, 500);
        hub.Applied.ShouldBeLessThan(cluster.Safety.Chosen);
        cluster.Network.HealAll();
        for (int i = 1; i < others.Length; i++)
        {
            cluster.Network.CutBothWays(leader.Name, others[i].Name);
            for (int j = i + 1; j < others.Length; j++)
                cluster.Network.CutBothWays(others[i].Name, others[j].Name);
        }

        // Of three, the two that are left are a quorum, whoever of them leads.
        leader.Crash();
        cluster.RunUntil(() => cluster.Leader is { } now && (now == hub || count == 3), 10 * cluster.ElectionTimeout)
            .ShouldBeTrue(cluster.Describe());
        WritesFor(cluster, cluster.Leader!, 500);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Leader_that_is_cut_off_in_one_direction_is_replaced(bool isDeaf)
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        foreach (SimulationNode other in Others(cluster, leader))
            cluster.Network.Cut(isDeaf ? other.Name : leader.Name, isDeaf ? leader.Name : other.Name);
        cluster.RunUntil(() => cluster.Leader is { } now && now != leader, 10 * cluster.ElectionTimeout)
            .ShouldBeTrue(cluster.Describe());
        SimulationNode elected = cluster.Leader!;
        Ballot ballot = elected.Replica!.Promised;
        WritesFor(cluster, elected, 30 * cluster.ElectionTimeout);
        elected.Replica.Promised.ShouldBe(ballot);
        leader.Leads.ShouldBeFalse();
    }

    [Theory]
    [InlineData(ReadMode.Linearizable)]
    [InlineData(ReadMode.Local)]
    public void A_wait_at_a_node_that_is_cut_off_says_so_unless_it_is_local(ReadMode mode)
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        SimulationNode lonely = Others(cluster, leader)[0];
        SimulationReplica replica = lonely.First!;
        foreach (SimulationNode other in Others(cluster, lonely))
            cluster.Network.CutBothWays(lonely.Name, other.Name);

        Task<WaitResult> wait = replica.ServerTurns.Run(
            () => replica.Server.Wait("/**", Revisions.Latest, 10, TimeSpan.FromSeconds(30), mode));
        cluster.Run(20_000);

        wait.IsCompleted.ShouldBe(mode == ReadMode.Linearizable);
        if (mode == ReadMode.Linearizable)
            wait.Exception!.InnerException.ShouldBeOfType<NoQuorumException>();
    }

    [Fact]
    public async Task A_wait_at_a_follower_that_lags_behind_what_was_seen_elsewhere_is_no_error()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        SimulationNode behind = Others(cluster, leader)[0];
        cluster.Network.CutBothWays(leader.Name, behind.Name);
        WritesFor(cluster, leader, 30);
        SimulationReplica replica = behind.First!;
        long seen = leader.First!.Driver.Tree.Revision;
        replica.Driver.Tree.Revision.ShouldBeLessThan(seen);

        Task<WaitResult> wait = replica.ServerTurns.Run(
            () => replica.Server.Wait("/**", seen + 1, 10, TimeSpan.FromSeconds(30), ReadMode.Linearizable));
        cluster.Network.HealAll();
        cluster.RunUntil(() => cluster.Leader is not null, 10 * cluster.ElectionTimeout).ShouldBeTrue(cluster.Describe());
        cluster.Run(3000);
        wait.IsCompleted.ShouldBeFalse();
        cluster.Write(cluster.Leader!).ShouldBeTrue();
        cluster.RunUntil(() => wait.IsCompleted, 1000).ShouldBeTrue(cluster.Describe());
        (await wait).Events[0].Revision.ShouldBe(seen + 1);
    }

    [Fact]
    public void Follower_that_comes_back_does_not_unseat_the_leader()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        SimulationNode lost = Others(cluster, leader)[0];
        Ballot ballot = leader.Replica!.Promised;
        foreach (SimulationNode node in cluster.Nodes)
            cluster.Network.CutBothWays(lost.Name, node.Name);
        cluster.Run(20 * cluster.ElectionTimeout);
        cluster.Network.HealAll();
        cluster.RunUntil(() => lost.Replica!.Leader == leader.Name, 2 * cluster.ElectionTimeout).ShouldBeTrue(cluster.Describe());
        leader.Replica.Promised.ShouldBe(ballot);
    }

    [Fact]
    public void Leader_without_a_quorum_steps_down_and_refuses()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        foreach (SimulationNode other in Others(cluster, leader))
            other.Crash();
        cluster.RunUntil(() => !leader.Leads, 2 * cluster.ElectionTimeout).ShouldBeTrue();
        cluster.Write(leader).ShouldBeFalse();
        cluster.Run(3 * cluster.ElectionTimeout);
        leader.Replica!.HasQuorum.ShouldBeFalse();
    }

    [Fact]
    public void Lone_replica_serves_at_once_and_sends_nothing()
    {
        var cluster = new SimulationCluster(7, new QuorumSystem(["n1"]), new ReplicaOptions());
        SimulationNode node = cluster["n1"];
        cluster.RunUntil(() => node.Leads, SimulationCluster.TickMilliseconds).ShouldBeTrue();
        cluster.Write(node).ShouldBeTrue();
        cluster.Read(node).ShouldBeTrue();
        cluster.Run(SimulationCluster.TickMilliseconds);
        cluster.Safety.Acknowledged.ShouldBeGreaterThan(0);
        cluster.ReadsConfirmed.ShouldBe(1);
    }

    [Fact]
    public void Transfer_hands_over_faster_than_an_election_timeout()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        WritesFor(cluster, leader, 200);
        leader.TransferLeadership().ShouldBeTrue();
        cluster.RunUntil(() => cluster.Leader is { } now && now != leader, cluster.ElectionTimeout / 2)
            .ShouldBeTrue(cluster.Describe());
        WritesFor(cluster, cluster.Leader!, 200);
    }

    [Fact]
    public void Replica_that_was_away_catches_up_in_bounded_chunks()
    {
        SimulationCluster cluster = Start(3, out SimulationNode? leader);
        SimulationNode away = Others(cluster, leader)[0];
        away.Crash();
        WritesFor(cluster, leader, 3000);
        cluster.Safety.Chosen.ShouldBeGreaterThan(10 * cluster.Options.Window);
        away.Start();
        cluster.RunUntil(() => away.Applied == cluster.Safety.Chosen, 10 * cluster.ElectionTimeout)
            .ShouldBeTrue(cluster.Describe());
        WritesFor(cluster, leader, 200);
    }

    private static SimulationCluster Start(int count, out SimulationNode leader)
    {
        var quorums = new QuorumSystem(Enumerable.Range(1, count).Select(i => $"n{i}"));
        var cluster = new SimulationCluster(count, quorums, new ReplicaOptions { LearnChunkBytes = 2000 });
        cluster.RunUntil(() => cluster.Leader is not null, 10 * cluster.ElectionTimeout).ShouldBeTrue();
        cluster.Run(cluster.ElectionTimeout);
        leader = cluster.Leader.ShouldNotBeNull();
        return cluster;
    }

    private static SimulationNode[] Others(SimulationCluster cluster, SimulationNode node) =>
        [.. cluster.Nodes.Where(other => other != node)];

    /// <summary>Writes every few milliseconds, and requires that the leader goes on acknowledging to the end.</summary>
    private static void WritesFor(SimulationCluster cluster, SimulationNode leader, int milliseconds)
    {
        for (int i = 0; i < milliseconds / 5; i++)
        {
            cluster.Write(leader).ShouldBeTrue(cluster.Describe());
            cluster.Run(5);
        }

        int acknowledged = cluster.Safety.Acknowledged;
        cluster.Write(leader).ShouldBeTrue(cluster.Describe());
        cluster.RunUntil(() => cluster.Safety.Acknowledged > acknowledged, 500).ShouldBeTrue(cluster.Describe());
        cluster.Run(50);
    }
}
