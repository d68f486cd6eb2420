using Doozer.Clustering;

namespace Doozer.Tests.Membership;

public sealed class NodeListTests
{
    private static readonly NodeList Three = Founding(3);
    private static readonly KeyValuePair<string, Uri>[] One = [KeyValuePair.Create("n1", AddressOf("n1"))];

    [Fact]
    public void A_cluster_begins_with_its_peers_as_voters_and_wants_three_at_least_unless_it_is_told()
    {
        Told(Three).ShouldBe("0/3: n1 voter, n2 voter, n3 voter");
        Founding(1).Voters.ShouldBe(3);
        Founding(5).Voters.ShouldBe(5);
        NodeList.Founding(One, voters: 5).Voters.ShouldBe(5);
        NodeList.Founding(One, voters: 1).Voters.ShouldBe(1);
    }

    [Fact]
    public void Each_change_makes_the_next_epoch()
    {
        NodeList list = Three.Adding("n4", AddressOf("n4"), NodeRole.Standby);
        Told(list).ShouldBe("1/3: n1 voter, n2 voter, n3 voter, n4 standby");
        list = list.Replacing("n2", "n4");
        Told(list).ShouldBe("2/3: n1 voter, n3 voter, n4 voter; removed n2");
        list = list.Adding("a", AddressOf("a"), NodeRole.Observer);
        Told(list).ShouldBe("3/3: a observer, n1 voter, n3 voter, n4 voter; removed n2");
        list = list.Promoting("a");
        Told(list).ShouldBe("4/4: a voter, n1 voter, n3 voter, n4 voter; removed n2");
        list = list.Demoting("n1");
        Told(list).ShouldBe("5/3: a voter, n1 standby, n3 voter, n4 voter; removed n2");
        list = list.Removing("n3");
        Told(list).ShouldBe("6/3: a voter, n1 standby, n4 voter; removed n2, n3");
        list = list.Moving("a", AddressOf("b"));
        list.Epoch.ShouldBe(7);
        list.Find("a")!.Address.ShouldBe(AddressOf("b"));
    }

    /// <summary>A change that got no answer is asked for again, and must not fail for having been made.</summary>
    [Fact]
    public void What_is_done_already_changes_nothing()
    {
        NodeList list = Three.Adding("n4", AddressOf("n4"), NodeRole.Standby).Replacing("n2", "n4");
        list.Adding("n4", AddressOf("n4"), NodeRole.Standby).ShouldBeSameAs(list);
        list.Replacing("n2", "n4").ShouldBeSameAs(list);
        list.Removing("n2").ShouldBeSameAs(list);
        list.Promoting("n4").ShouldBe(list);
        list = list.Demoting("n4");
        list.Demoting("n4").ShouldBeSameAs(list);
    }

    [Theory]
    [InlineData("n3", "http://10.0.0.9:8000", "There is a node n3 already, at http://10.0.0.3:8000/; give the new one an id")]
    [InlineData("n4", "http://10.0.0.3:8000", "At http://10.0.0.3:8000/ is n3; give the new node an address of its own.")]
    [InlineData("n9", "http://10.0.0.4:8000", "n9 was removed from this cluster; a new node needs an id of its own.")]
    [InlineData("a b", "http://10.0.0.4:8000", "The node id 'a b' must be 1 to 64 letters")]
    [InlineData("n4", "ftp://10.0.0.4", "is not of the form http://HOST:PORT.")]
    [InlineData("n4", "http://10.0.0.4:0", "is not of the form http://HOST:PORT.")]
    [InlineData("n4", "http://0.0.0.0:8000", "is not of the form http://HOST:PORT.")]
    [InlineData("n4", "http://[::]:8000", "is not of the form http://HOST:PORT.")]
    [InlineData("n4", "http://10.0.0.4:8000/x", "is not of the form http://HOST:PORT.")]
    public void A_node_that_cannot_be_added_is_told_why(string id, string address, string why)
    {
        NodeList list = Three.Adding("n9", AddressOf("n9"), NodeRole.Standby).Removing("n9");
        Should.Throw<NodeChangeException>(() => list.Adding(id, new Uri(address), NodeRole.Standby)).Message.ShouldContain(why);
    }

    [Fact]
    public void The_last_voter_stays_and_who_is_not_there_cannot_change()
    {
        NodeList one = Founding(1);
        Should.Throw<NodeChangeException>(() => one.Removing("n1")).Message.ShouldBe("n1 is the only voter, and must stay.");
        Should.Throw<NodeChangeException>(() => one.Demoting("n1")).Message.ShouldBe("n1 is the only voter, and must stay.");
        Should.Throw<NodeChangeException>(() => one.Removing("n2")).Message.ShouldBe("There is no node 'n2'; the nodes are n1.");
        Should.Throw<NodeChangeException>(() => one.Replacing("n1", "n1")).Message.ShouldBe("n1 cannot take its own place.");
        Should.Throw<NodeChangeException>(() => one.Replacing("n1", "n2")).Message.ShouldContain("There is no node 'n2'");
        Should.Throw<NodeChangeException>(() => Three.Replacing("n2", "n1")).Message.ShouldContain("n1 is a voter already");
        Should.Throw<NodeChangeException>(
            () => Three.Adding("n4", AddressOf("n4"), NodeRole.Standby).Replacing("n4", "n1"))
            .Message.ShouldContain("n1 is a voter already");
    }

    [Fact]
    public void There_is_a_limit_to_nodes_voters_and_remembered_ids()
    {
        NodeList list = Three;
        for (int i = 4; i <= NodeList.MaxNodes; i++)
            list = list.Adding($"n{i}", AddressOf($"n{i}"), NodeRole.Standby);
        Should.Throw<NodeChangeException>(() => list.Adding("x", AddressOf("x"), NodeRole.Standby))
            .Message.ShouldContain("its limit of 64 nodes");
        for (int i = 4; i <= QuorumClusteringOptions.MaxPeers; i++)
            list = list.Promoting($"n{i}");
        Should.Throw<NodeChangeException>(() => list.Promoting("n16")).Message.ShouldContain("15 voters, and that is the limit");
        for (int i = 0; i < 300; i++)
            list = list.Removing(i == 0 ? "n20" : $"x{i - 1}").Adding($"x{i}", AddressOf("n20"), NodeRole.Standby);
        list.Removed.Length.ShouldBe(NodeList.MaxRemoved);
    }

    [Fact]
    public void The_table_carries_it_through_its_changes_and_is_as_before_without_it()
    {
        NodeList list = Three.Adding("n4", AddressOf("n4"), NodeRole.Observer).Removing("n2");
        MembershipImage image = MembershipImage.Empty with { Nodes = list };
        Told(MembershipImage.Decode(image.Encode()).Nodes!).ShouldBe(Told(list));
        Told(MembershipImage.Decode(image.Cleared(7).Encode()).Nodes!).ShouldBe(Told(list));
        MembershipImage.Empty.Cleared(7).Encode()[0].ShouldBe((byte)2, "a node of the version before reads it");
        NodeListView.Of(list).ToList().Nodes.ShouldBe(list.Nodes);
    }

    private static NodeList Founding(int nodes) =>
        NodeList.Founding(Enumerable.Range(1, nodes).Select(i => KeyValuePair.Create($"n{i}", AddressOf($"n{i}"))));

    private static Uri AddressOf(string id) => new($"http://10.0.0.{(id[0] == 'n' ? id[1..] : $"{200 + id[0] % 50}")}:8000");

    private static string Told(NodeList list) =>
        $"{list.Epoch}/{list.Voters}: {string.Join(", ", list.Nodes.Select(node => $"{node.Id} {NodeRoles.NameOf(node.Role)}"))}"
        + (list.Removed.IsEmpty ? "" : $"; removed {string.Join(", ", list.Removed)}");
}
