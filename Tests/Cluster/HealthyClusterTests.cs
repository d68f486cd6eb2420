using System.Text;

namespace Doozer.Tests.Cluster;

/// <summary>What three nodes do while nothing is wrong. A namespace of its own is as empty as a cluster of its own.</summary>
public sealed class HealthyClusterTests(ThreeNodesFixture fixture) : IClassFixture<ThreeNodesFixture>
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("body");

    private DoozerCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task What_one_node_wrote_every_node_reads()
    {
        await Cluster.Create("read");
        for (int node = 0; node < 3; node++)
        {
            long revision = await Cluster.On(node, "read").Set($"/node/{node}", Body, Revisions.Missing);
            revision.ShouldBe(node + 1);
            for (int reader = 0; reader < 3; reader++)
            {
                FileContent file = await Cluster.On(reader, "read").Get($"/node/{node}");
                file.Revision.ShouldBe(revision);
                file.Body.ShouldBe(Body);
            }
        }
    }

    [Fact]
    public async Task A_request_id_is_applied_once_whichever_node_it_is_sent_to()
    {
        var id = Guid.NewGuid();
        await Cluster.Create("once");
        long first = await Cluster.On(0, "once").Set("/once", Body, Revisions.Missing, id);
        long again = await Cluster.On(1, "once").Set("/once", Body, Revisions.Missing, id);
        again.ShouldBe(first);
        (await Cluster.On(2, "once").Rev()).ShouldBe(first);
    }

    [Fact]
    public async Task Leadership_moves_to_the_node_that_is_named()
    {
        int leader = await Cluster.LeaderSeenBy(0);
        int next = (leader + 1) % 3;
        await Cluster.AllAreReachedBy(leader);

        // Asked anywhere; the third node has to ask the leader.
        await Cluster.On((leader + 2) % 3).TransferLeadership(Cluster.Nodes[next]);
        (await Cluster.LeaderSeenBy((leader + 2) % 3)).ShouldBe(next);
        await Cluster.On(0).Set("/file", Body, Revisions.Missing);
        await Cluster.On(next).TransferLeadership(Cluster.Nodes[next]);
        (await Should.ThrowAsync<InvalidArgumentException>(() => Cluster.On(0).TransferLeadership("Silo_9")))
            .Message.ShouldBe("The argument 'node' is not valid: 'Silo_9' is none of Silo_0, Silo_1, Silo_2.");
    }
}
