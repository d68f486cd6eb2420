using Doozer.Node;

namespace Doozer.Tests.Membership;

public sealed class NodePreferenceTests
{
    private static readonly string[] Namespaces = [.. Enumerable.Range(1, 300).Select(i => $"namespace-{i}")];
    private static readonly string[] Five = ["n1", "n2", "n3", "n4", "n5"];

    [Fact]
    public void Of_three_hundred_namespaces_each_of_five_nodes_leads_forty_to_eighty()
    {
        foreach (string node in Five)
            Namespaces.Count(name => NodePreference.Leader(name, Five) == node).ShouldBeInRange(40, 80);
    }

    [Fact]
    public void A_node_that_goes_moves_only_what_it_led()
    {
        string[] four = [.. Five.Except(["n3"])];
        foreach (string name in Namespaces)
        {
            string before = NodePreference.Leader(name, Five)!;
            string after = NodePreference.Leader(name, four)!;
            if (before != "n3")
                after.ShouldBe(before);
        }

        NodePreference.Leader("a", []).ShouldBeNull();
    }

    [Fact]
    public void Three_of_five_vote_in_a_namespace_its_leader_among_them()
    {
        foreach (string name in Namespaces)
        {
            string[] three = NodePreference.Acceptors(name, 3, Five);
            three.Length.ShouldBe(3);
            three.ShouldBe(three.Order(StringComparer.Ordinal));
            three.ShouldContain(NodePreference.Leader(name, Five)!);
            NodePreference.Leader(name, three).ShouldBe(NodePreference.Leader(name, Five));
        }

        foreach (string node in Five)
            Namespaces.Count(name => NodePreference.Acceptors(name, 3, Five).Contains(node)).ShouldBeInRange(160, 200);
        NodePreference.Acceptors("a", 5, ["n2", "n1"]).ShouldBe(["n1", "n2"]);
    }

    [Fact]
    public void A_node_that_comes_takes_one_place_in_some_namespaces_and_changes_nothing_in_others()
    {
        string[] six = [.. Five, "n6"];
        foreach (string name in Namespaces)
        {
            string[] after = NodePreference.Acceptors(name, 3, six);
            after.Except(NodePreference.Acceptors(name, 3, Five)).ShouldBe(after.Contains("n6") ? ["n6"] : []);
        }

        Namespaces.Count(name => NodePreference.Acceptors(name, 3, six).Contains("n6")).ShouldBeInRange(120, 180);
    }
}
