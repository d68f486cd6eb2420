using Doozer.Node;

namespace Doozer.Tests.Membership;

public sealed class LeaderPreferenceTests
{
    private static readonly string[] Namespaces = [.. Enumerable.Range(1, 300).Select(i => $"namespace-{i}")];
    private static readonly string[] Five = ["n1", "n2", "n3", "n4", "n5"];

    [Fact]
    public void Of_three_hundred_namespaces_each_of_five_nodes_leads_forty_to_eighty()
    {
        foreach (string node in Five)
            Namespaces.Count(name => LeaderPreference.Of(name, Five) == node).ShouldBeInRange(40, 80);
    }

    [Fact]
    public void A_node_that_goes_moves_only_what_it_led()
    {
        string[] four = [.. Five.Except(["n3"])];
        foreach (string name in Namespaces)
        {
            string before = LeaderPreference.Of(name, Five)!;
            string after = LeaderPreference.Of(name, four)!;
            if (before != "n3")
                after.ShouldBe(before);
        }

        LeaderPreference.Of("a", []).ShouldBeNull();
    }
}
