using Doozer.Paxos;
using Doozer.Simulation;
using Doozer.Tree;

namespace Doozer.Tests.Scenarios;

/// <summary>Something in a node's process writes into the memory that holds a replica's files.</summary>
public sealed class DivergenceTests
{
    private const string Path = "/w";

    [Fact]
    public void The_replica_whose_state_differs_from_the_others_stops()
    {
        SimulationCluster cluster = Start(snapshotSlots: long.MaxValue);
        SimulationNode odd = cluster.Nodes.First(node => !node.Leads);
        Change(odd);

        // What was written is found to be something else when it is replaced; until then only a snapshot looks at it.
        Should.Throw<SimulationFailureException>(() => Write(cluster, 20)).Message.ShouldStartWith(
            $"the state of ns1 on {odd.Name} after slot ");
    }

    [Fact]
    public void A_snapshot_is_not_written_of_files_that_are_not_what_was_written()
    {
        SimulationCluster cluster = Start(snapshotSlots: 25);
        Change(cluster.Nodes[0]);

        // So few that the simulator's own check of all files does not come first.
        Should.Throw<SimulationFailureException>(() => Write(cluster, 10, "/other")).Message.ShouldContain(
            "files of ns1 are not what was written");
    }

    private static SimulationCluster Start(long snapshotSlots)
    {
        var quorums = new QuorumSystem(["n1", "n2", "n3"]);
        RunShape shape = RunShape.Plain(quorums, new ReplicaOptions()) with { SnapshotSlots = snapshotSlots };
        var cluster = new SimulationCluster(1, shape, Mutation.None, teller: null);
        cluster.RunUntil(() => cluster.Leader is not null, 10 * cluster.ElectionTimeout).ShouldBeTrue();
        Write(cluster, 20);
        cluster.RunUntil(cluster.Converged, 1000).ShouldBeTrue();
        return cluster;
    }

    private static void Change(SimulationNode node) =>
        node.First!.Driver.Tree.Latest.Lookup(Path).Body[0] ^= 1;

    private static void Write(SimulationCluster cluster, int count, string path = Path)
    {
        for (int i = 0; i < count; i++)
        {
            SimulationReplica leader = cluster.Leader.ShouldNotBeNull().First.ShouldNotBeNull();
            _ = leader.Turns.Run(() => leader.Submit(Command.Set(path, new byte[] { (byte)i }, Command.Clobber)));
            cluster.Run(50);
        }
    }
}
