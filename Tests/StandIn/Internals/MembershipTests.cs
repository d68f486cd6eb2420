using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Membership;
using Orleans.Runtime;

namespace Doozer.Tests.StandIn;

/// <summary>Who may vote for a silo's death.</summary>
[Collection(SiloCollection.Name)]
public sealed class MembershipTests
{
    [Fact]
    public async Task A_silo_that_is_dead_without_knowing_it_has_no_vote()
    {
        // Probes that would take minutes: nobody finds out by them.
        await using var cluster = await EngineCluster.DeployAsync(3, probe: TimeSpan.FromMinutes(1));
        var (alive, dead) = (cluster.Silos[0].SiloAddress, cluster.Silos[2].SiloAddress);
        var table = cluster.Silos[0].ServiceProvider.GetRequiredService<IMembershipTable>();
        var data = await table.ReadAll();
        var row = data.TryGet(dead)!;
        row.Item1.Status = SiloStatus.Dead;
        (await table.UpdateRow(row.Item1, row.Item2, data.Version.Next())).ShouldBeTrue();

        var agent = cluster.Silos[2].ServiceProvider.GetRequiredService<MembershipAgent>();
        (await agent.DeclareDeadAsync(alive, byVote: true)).ShouldBeFalse();

        (await table.ReadAll()).TryGet(alive)!.Item1.Status.ShouldBe(SiloStatus.Active);
    }
}
