using Doozer.Paxos;
using Doozer.Replicas;

namespace Doozer.Tests.Cluster;

public sealed class PeerRefusalsTests
{
    [Theory]
    [InlineData(3, 2, 2, 2)]
    [InlineData(3, 3, 1, 2)]
    [InlineData(5, 3, 3, 3)]
    [InlineData(5, 5, 1, 3)]
    [InlineData(2, 2, 2, 1)]
    public void A_node_is_wrong_when_most_of_its_peers_refuse_it_whatever_its_quorums(int nodes, int elect, int write, int most)
    {
        string[] names = [.. Enumerable.Range(1, nodes).Select(i => $"n{i}")];
        var refusals = new PeerRefusals(() => new QuorumSystem(names, elect, write));
        for (int peer = 1; peer < nodes; peer++)
        {
            refusals.IsRefusedByMost(names[peer]).ShouldBe(peer >= most);
            refusals.IsRefusedByMost(names[peer]).ShouldBe(peer >= most, "the same peer does not count twice");
        }
    }

    [Fact]
    public void A_peer_that_was_set_right_does_not_count()
    {
        var refusals = new PeerRefusals(() => new QuorumSystem(["n1", "n2", "n3"]));
        refusals.IsRefusedByMost("n2").ShouldBeFalse();
        refusals.Agrees("n2");
        refusals.IsRefusedByMost("n3").ShouldBeFalse();
    }
}
