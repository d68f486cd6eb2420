using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Doozer.Tests.StandIn;

/// <summary>What callers see while silos die and come back.</summary>
[Collection(SiloCollection.Name)]
public sealed class FailureTests
{
    [Fact]
    public async Task A_killed_silo_is_declared_dead_and_its_calls_fail()
    {
        await using var cluster = await EngineCluster.DeployAsync(3);
        var victim = cluster.Silos[2];
        var local = cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>();
        (await local.GetGrain<IPinnedProbeGrain>(victim.Name).Where()).ShouldBe(victim.Name);
        var call = local.GetGrain<IPinnedProbeGrain>(victim.Name).Sleep();

        await cluster.KillSiloAsync(victim);

        await Should.ThrowAsync<Exception>(call.WaitAsync(EngineCluster.Limit, TestContext.Current.CancellationToken));
        await WaitForStatusAsync(cluster.Silos[0], victim.SiloAddress, SiloStatus.Dead);
    }

    [Fact]
    public async Task A_silo_that_stops_in_order_says_so()
    {
        // Probes that would take minutes: only the silo's own word can be the reason.
        await using var cluster = await EngineCluster.DeployAsync(2, probe: TimeSpan.FromMinutes(1));
        var leaving = cluster.Silos[1];

        await cluster.StopSiloAsync(leaving);

        await WaitForStatusAsync(cluster.Silos[0], leaving.SiloAddress, SiloStatus.Dead);
    }

    [Fact]
    public async Task A_silo_comes_back_under_its_name_after_a_kill()
    {
        await using var cluster = await EngineCluster.DeployAsync(2);
        var victim = cluster.Silos[1];
        await cluster.KillSiloAsync(victim);

        var back = await cluster.StartSiloAsync(1, cluster.Options).WaitAsync(EngineCluster.Limit, TestContext.Current.CancellationToken);

        back.Name.ShouldBe(victim.Name);
        back.SiloAddress.ShouldNotBe(victim.SiloAddress);
        var local = cluster.Silos[0].ServiceProvider.GetRequiredService<IGrainFactory>();
        var answer = await EngineCluster.EventuallyAsync(() => local.GetGrain<IPinnedProbeGrain>(back.Name).Where());
        answer.ShouldBe(back.Name);
    }

    [Fact]
    public async Task A_client_goes_on_through_another_gateway()
    {
        await using var cluster = await EngineCluster.DeployAsync(2);
        for (var i = 0; i < 10; i++)
        {
            await cluster.Client.GetGrain<IWorkerProbeGrain>("any").Where();
        }

        await cluster.KillSiloAsync(cluster.Silos[0]);

        var survivor = cluster.Silos[0].Name;
        var answer = await EngineCluster.EventuallyAsync(() => cluster.Client.GetGrain<IWorkerProbeGrain>("any").Where());
        answer.ShouldBe(survivor);
    }

    [Fact]
    public async Task Grains_of_a_dead_silo_live_on_elsewhere()
    {
        await using var cluster = await EngineCluster.DeployAsync(2);
        await cluster.KillSiloAsync(cluster.Silos[1]);
        var survivor = cluster.Silos[0].Name;

        for (var i = 0; i < 10; i++)
        {
            var grain = cluster.Client.GetGrain<IProbeGrain>($"grain-{i}");
            (await EngineCluster.EventuallyAsync(grain.Where)).ShouldBe(survivor);
        }
    }

    private static async Task WaitForStatusAsync(InProcessSiloHandle observer, SiloAddress silo, SiloStatus status)
    {
        using var limit = new CancellationTokenSource(EngineCluster.Limit);
        var membership = observer.ServiceProvider.GetRequiredService<IClusterMembershipService>();
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(limit.Token))
        {
            if (snapshot.GetSiloStatus(silo) == status)
            {
                return;
            }
        }
    }
}
