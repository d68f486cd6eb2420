using Doozer.Paxos;
using Doozer.Replicas;

namespace Doozer.Tests.Cluster;

public sealed class DigestComparisonTests
{
    private readonly DigestComparison _three = new(() => new QuorumSystem(["n1", "n2", "n3"]), "n1");

    [Fact]
    public void Equal_digests_show_nothing()
    {
        foreach (string node in (string[])["n2", "n1", "n3"])
            ShouldShow(_three.Add(node, 8, 1), [], false);
    }

    [Fact]
    public void One_that_differs_is_named_but_alone_proves_nobody_wrong()
    {
        _three.Add("n1", 8, 1);
        ShouldShow(_three.Add("n2", 8, 2), ["n2"], false);
        ShouldShow(_three.Add("n3", 8, 3), ["n2", "n3"], false);
    }

    [Theory]
    [InlineData("n1", "n2", "n3")]
    [InlineData("n2", "n3", "n1")]
    public void Who_differs_from_a_majority_that_agrees_is_the_odd_one(params string[] order)
    {
        foreach (string node in order[..2])
            _three.Add(node, 8, DigestOf(node));
        ShouldShow(_three.Add(order[2], 8, DigestOf(order[2])), ["n2", "n3"], true);

        static ulong DigestOf(string node) => node == "n1" ? 1u : 2u;
    }

    [Fact]
    public void Who_agrees_with_a_majority_is_not_odd()
    {
        _three.Add("n1", 8, 1);
        _three.Add("n3", 8, 1);
        ShouldShow(_three.Add("n2", 8, 2), ["n2"], false);
    }

    [Fact]
    public void Slots_are_compared_each_for_itself_and_old_ones_forgotten()
    {
        for (long slot = 1; slot <= 100; slot++)
        {
            _three.Add("n1", slot, (ulong)slot);
            ShouldShow(_three.Add("n2", slot, (ulong)slot), [], false);
        }

        ShouldShow(_three.Add("n3", 50, 2), [], false);
    }

    private static void ShouldShow(DigestVerdict verdict, string[] others, bool isOdd)
    {
        verdict.Others.ShouldBe(others);
        verdict.IsOdd.ShouldBe(isOdd);
    }
}
