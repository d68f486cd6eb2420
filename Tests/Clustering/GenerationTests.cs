using Doozer.Clustering;
using Doozer.Paxos;
using Doozer.Simulation;

namespace Doozer.Tests.Clustering;

/// <summary>Which of two runs of a node is the later, whatever their clocks said.</summary>
public sealed class GenerationTests
{
    [Fact]
    public async Task A_silo_that_starts_again_has_a_higher_generation_by_its_count_of_starts_and_not_by_a_clock()
    {
        await using var cluster = new QuorumCluster(1);
        await cluster.Start(0);
        int first = cluster.Silo(0).Generation;
        cluster.Silo(0).ShouldBe(cluster.Membership(0).CurrentSnapshot.Members.Keys.Single());
        await cluster.Stop(0);
        await cluster.Start(0);
        int second = cluster.Silo(0).Generation;

        second.ShouldBeGreaterThan(first);
        first.ShouldBeInRange(
            CountedSiloDetails.FirstGeneration,
            CountedSiloDetails.FirstGeneration + 1_000_000,
            "later than a run of a program that took it from the clock, and no time");
    }

    [Fact]
    public async Task A_node_that_joins_counts_its_starts_on_from_those_of_nodes_that_may_have_had_its_address()
    {
        await using var cluster = new QuorumCluster(1);
        await cluster.Start(0);
        using var client = new NodeListClient(secret: null);
        var request = new NodeChangeRequest(NodeChangeRequest.Join, Guid.NewGuid(), "n2", "http://127.0.0.1:9");
        NodeListAnswer answer = await client.Send(
            new Uri(cluster.AddressOf(0)), request, TestContext.Current.CancellationToken);
        answer.List.FirstStart.ShouldBe(CountedSiloDetails.StartOf(cluster.Silo(0)) + 1);

        Directory.CreateDirectory(cluster.DataOf(1));
        KnownNodes.Write(cluster.DataOf(1), answer.List with { FirstStart = 1000 });
        var known = new KnownNodes("n2", new Dictionary<string, Uri>(), NodeList.Founding([]));
        known.Open(cluster.DataOf(1));
        using var acceptor = LocalAcceptor.Open(
            new SimulatedDisk(1), "/data", new QuorumSystem(["n1"]), mustExist: false, TimeSpan.Zero, static _ => { },
            known.FirstStart);
        acceptor.Start.ShouldBe(1000);
    }
}
