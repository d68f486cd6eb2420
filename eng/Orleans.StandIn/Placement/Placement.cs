using Microsoft.Extensions.DependencyInjection;
using Orleans.Execution;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Placement;

/// <summary>
/// Says on which silo a grain lives. There is no directory: a custom director is asked for every call, and other grains live on the active
/// silo that a rendezvous hash gives, which all silos compute alike.
/// </summary>
internal sealed class Placer(IServiceProvider services, SiloAddress local, Func<ClusterMembershipSnapshot> membership) : IPlacementContext
{
    private volatile ActiveSilos? _active;

    public SiloAddress LocalSilo => local;

    public SiloStatus LocalSiloStatus => membership().GetSiloStatus(local);

    public SiloAddress[] GetCompatibleSilos(PlacementTarget target)
    {
        var silos = Active().Silos;
        return silos.Length > 0 ? [.. silos] : throw new SiloUnavailableException("No silo is active.");
    }

    public ValueTask<SiloAddress> PlaceAsync(GrainId grainId, GrainClass grainClass)
    {
        switch (grainClass.Placement)
        {
            case null:
                return new(Rendezvous(grainId));
            case StatelessWorkerPlacement:
                return new(local);
            case var strategy:
                var director = services.GetKeyedService<IPlacementDirector>(strategy.GetType())
                    ?? throw new OrleansConfigurationException($"No director is registered for {strategy.GetType()}: call AddPlacementDirector.");
                return new(director.OnAddActivation(strategy, new PlacementTarget(grainId), this));
        }
    }

    private SiloAddress Rendezvous(GrainId grainId)
    {
        var active = Active();
        var hash = grainId.GetUniformHashCode();
        var best = -1;
        var highest = 0u;
        for (var i = 0; i < active.Silos.Length; i++)
        {
            var score = StableHash.Mix(hash ^ active.Hashes[i]);
            if (best < 0 || score > highest)
            {
                best = i;
                highest = score;
            }
        }

        // Before this silo knows of any active one, its own start-up tasks may call grains here.
        return best < 0 ? local : active.Silos[best];
    }

    private ActiveSilos Active()
    {
        var snapshot = membership();
        if (_active is { } known && ReferenceEquals(known.Of, snapshot))
        {
            return known;
        }

        SiloAddress[] silos = [.. snapshot.Members.Values.Where(m => m.Status == SiloStatus.Active).Select(m => m.SiloAddress).Order()];
        return _active = new ActiveSilos(snapshot, silos, Array.ConvertAll(silos, silo => (uint)silo.GetConsistentHashCode()));
    }

    private sealed record ActiveSilos(ClusterMembershipSnapshot Of, SiloAddress[] Silos, uint[] Hashes);
}
