using Doozer.Paxos;
using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>Disks so slow that a sync outlasts an election timeout. It must take longer to settle, but it must settle.</summary>
public sealed class SlowDiskTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Election_settles_though_a_sync_outlasts_the_election_timeout(int count)
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            SimulationCluster cluster = Start(seed, count);
            cluster.RunUntil(() => cluster.Leader is not null, 100 * cluster.ElectionTimeout)
                .ShouldBeTrue($"seed {seed}: {cluster.Describe()}");
            cluster.Run(10 * cluster.ElectionTimeout);
            SimulationNode leader = cluster.Leader.ShouldNotBeNull($"seed {seed}: {cluster.Describe()}");
            Ballot ballot = leader.Replica!.Promised;
            cluster.Write(leader).ShouldBeTrue();
            cluster.RunUntil(() => cluster.Safety.Acknowledged > 0, 5 * cluster.ElectionTimeout)
                .ShouldBeTrue($"seed {seed}: {cluster.Describe()}");
            cluster.Run(10 * cluster.ElectionTimeout);
            leader.Replica.Promised.ShouldBe(ballot);
        }
    }

    [Fact]
    public void Lone_replica_leads_however_slow_its_disk_is()
    {
        SimulationCluster cluster = Start(1, 1);
        cluster["n1"].Disk.MinSync = cluster["n1"].Disk.MaxSync = 50_000 * cluster.ElectionTimeout;
        cluster["n1"].Crash();
        cluster["n1"].Start();
        cluster.RunUntil(() => cluster["n1"].Leads, 101 * cluster.ElectionTimeout).ShouldBeTrue(cluster.Describe());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Leader_with_a_slow_disk_gives_leadership_away(int count)
    {
        SimulationCluster cluster = StartFast(count, out SimulationNode? leader);
        leader.Disk.MinSync = leader.Disk.MaxSync = 3000 * cluster.ElectionTimeout;
        WriteUntil(cluster, () => cluster.Leader is { } now && now != leader, 5 * cluster.ElectionTimeout);
        SimulationNode successor = cluster.Leader!;
        Ballot ballot = successor.Replica!.Promised;
        int acknowledged = cluster.Safety.Acknowledged;
        WriteUntil(cluster, () => false, 20 * cluster.ElectionTimeout);
        successor.Replica.Promised.ShouldBe(ballot, "it stays where the disk is quick");
        cluster.Safety.Acknowledged.ShouldBeGreaterThan(acknowledged + 20);
    }

    [Fact]
    public void Leader_whose_disk_fails_is_replaced_before_an_election_timeout()
    {
        SimulationCluster cluster = StartFast(3, out SimulationNode? leader);
        leader.Disk.FailFlush();
        cluster.Write(leader).ShouldBeTrue();
        cluster.RunUntil(() => leader.Replica is null, 20).ShouldBeTrue();
        cluster.RunUntil(() => cluster.Leader is not null, cluster.ElectionTimeout / 4).ShouldBeTrue(cluster.Describe());
    }

    [Fact]
    public void A_write_that_takes_most_of_its_time_is_answered_and_was_submitted_once()
    {
        SimulationCluster cluster = StartFast(3, out SimulationNode? leader);
        foreach (SimulationNode node in cluster.Nodes)
            node.Disk.MinSync = node.Disk.MaxSync = 400_000;
        cluster.Run(5000);
        SimulationReplica asked = cluster.Nodes.First(node => node != leader).First!;

        Task<long> write = asked.ServerTurns.Run(
            () => asked.Server.Set("/slow", [1], Revisions.Clobber, cluster.NewRequestId()));
        int batches = cluster.Safety.Batches;

        cluster.RunUntil(() => write.IsCompleted, 5000).ShouldBeTrue(cluster.Describe());
        write.IsCompletedSuccessfully.ShouldBeTrue(write.Exception?.Message);
        cluster.Run(10_000);
        (cluster.Safety.Batches - batches).ShouldBe(1);
    }

    private static SimulationCluster StartFast(int count, out SimulationNode leader)
    {
        var cluster = new SimulationCluster(
            count, new QuorumSystem(Enumerable.Range(1, count).Select(i => $"n{i}")), new ReplicaOptions());
        cluster.RunUntil(() => cluster.Leader is not null, 10 * cluster.ElectionTimeout).ShouldBeTrue();
        cluster.Run(cluster.ElectionTimeout);
        leader = cluster.Leader.ShouldNotBeNull();
        return cluster;
    }

    private static void WriteUntil(SimulationCluster cluster, Func<bool> condition, int milliseconds)
    {
        for (int i = 0; i < milliseconds / 10 && !condition(); i++)
        {
            if (cluster.Leader is { } leader)
                cluster.Write(leader);
            cluster.Run(10);
        }
    }

    private static SimulationCluster Start(int seed, int count)
    {
        var quorums = new QuorumSystem(Enumerable.Range(1, count).Select(i => $"n{i}"));
        var cluster = new SimulationCluster(seed, quorums, new ReplicaOptions());
        foreach (SimulationNode node in cluster.Nodes)
        {
            node.Crash();
            node.Disk.MinSync = node.Disk.MaxSync = (cluster.ElectionTimeout + 50) * 1000;
            node.Start();
        }

        return cluster;
    }
}
