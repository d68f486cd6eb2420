using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Clustering;

/// <summary>
/// Lets a silo leave without telling those that leave too: Orleans waits three seconds for the answers, and a silo that has
/// stopped gives none.
/// </summary>
internal sealed class SiloLeave(ClusteringNode node, ISiloStatusOracle silos, IOptions<ClusterMembershipOptions> membership)
    : ILifecycleParticipant<ISiloLifecycle>
{
    // Orleans writes that the silo is dead, and tells it, when it stops the stage after RuntimeInitialize.
    private const int BeforeDead = ServiceLifecycleStage.RuntimeInitialize + 2;

    public void Participate(ISiloLifecycle lifecycle)
    {
        node.GivenUp.Register(TellNobody);
        lifecycle.Subscribe(nameof(SiloLeave), BeforeDead, _ => Task.CompletedTask, TellTheActiveOnly);
    }

    private Task TellTheActiveOnly(CancellationToken stop)
    {
        if (silos.GetApproximateSiloStatuses(onlyActive: true).Count == 0)
            TellNobody();
        return Task.CompletedTask;
    }

    private void TellNobody() => membership.Value.UseLivenessGossip = false;
}
