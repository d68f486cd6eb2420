using Orleans.GrainDirectory;

namespace Doozer.Placement;

/// <summary>
/// The grain directory of grains whose node is known, replicas by their key and a namespace's grain by who asks: knows nothing,
/// at once. Orleans looks a grain up before it asks the placement director, also when the strategy uses no directory; the default
/// directory would send that question to a silo that may be dead. Replicas that have not talked yet could not reach each other to
/// elect a leader, and no node could serve a namespace that it has not served before.
/// </summary>
internal sealed class NodeDirectory : IGrainDirectory
{
    public const string Name = "doozer-node";

    private static readonly Task<GrainAddress?> Unknown = Task.FromResult<GrainAddress?>(null);

    public Task<GrainAddress?> Lookup(GrainId grainId) => Unknown;

    public Task<GrainAddress?> Register(GrainAddress address) => Task.FromResult<GrainAddress?>(address);

    public Task Unregister(GrainAddress address) => Task.CompletedTask;

    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
