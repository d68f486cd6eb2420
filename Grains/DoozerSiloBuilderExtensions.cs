using Doozer.Clustering;
using Doozer.Namespaces;
using Doozer.Node;
using Doozer.Placement;
using Doozer.Replicas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Hosting;

namespace Doozer.Grains;

/// <summary>Adds Doozer to a silo.</summary>
public static class DoozerSiloBuilderExtensions
{
    /// <summary>
    /// Makes this silo a node: it holds a replica of every namespace in its data directory and serves namespaces to clients.
    /// The silo's name (<c>SiloOptions.SiloName</c>) must be the node's id.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets node id, peers, data directory and limits.</param>
    public static ISiloBuilder AddDoozer(this ISiloBuilder builder, Action<DoozerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;
        services.AddOptions<DoozerOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DoozerOptions>, DoozerOptionsValidator>());
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<DoozerOptions>>().Value);

        // A node with other quorums must be refused by its peers before it has a vote.
        services.AddOptions<QuorumClusteringOptions>().Configure<IOptions<DoozerOptions>>(
            static (clustering, doozer) => clustering.Settings = doozer.Value.QuorumsInWords);
        services.TryAddSingleton(TimeProvider.System);
        SteadyTime.AddToOrleans(services);
        services.TryAddSingleton<NodeFailure>();
        services.TryAddSingleton<INodeFailure>(provider => provider.GetRequiredService<NodeFailure>());
        AddNode(services);
        services.AddGrainDirectory(NodeDirectory.Name, static (_, _) => new NodeDirectory());
        services.AddPlacementDirector<NodePlacement, NodePlacementDirector>();
        return builder;
    }

    private static void AddNode(IServiceCollection services)
    {
        services.AddSingleton<NodeStorage>();
        services.AddSingleton<ReplicaDrivers>();
        services.AddSingleton(provider => new LongReads(provider.GetRequiredService<DoozerOptions>()));
        services.AddSingleton<NamespaceServers>();
        services.AddSingleton(provider => new ListBarrier(
            node => provider.GetRequiredService<IGrainFactory>().GetGrain<INodeGrain>(node),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new DiskRoom(
            provider.GetRequiredService<NodeStorage>(),
            node => provider.GetRequiredService<IGrainFactory>().GetGrain<INodeGrain>(node),
            () => provider.GetRequiredService<ReplicaDrivers>().Main.Quorums,
            provider.GetRequiredService<DoozerOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DiskRoom>>()));
        services.AddSingleton<MembershipReconciler>();
        services.AddSingleton<EventReaders>();
        services.AddSingleton<INamespaceSnapshots, NamespaceSnapshots>();
        services.AddMetrics();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, NodeMeter>();
        services.AddSingleton<NodeLifecycle>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<NodeLifecycle>());
        services.AddSingleton<NamespaceFollower>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            provider => provider.GetRequiredService<NamespaceFollower>());
    }
}
