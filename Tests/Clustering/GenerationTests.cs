using Doozer.Clustering;

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
}
