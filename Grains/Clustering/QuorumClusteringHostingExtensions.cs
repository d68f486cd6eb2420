using Doozer.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Clustering;

/// <summary>Adds quorum clustering to a silo.</summary>
public static class QuorumClusteringHostingExtensions
{
    // As long as a timer of .NET can wait, nearly.
    private static readonly TimeSpan MaxJoinTime = TimeSpan.FromDays(30);

    /// <summary>
    /// Has the silos keep the membership table themselves, by Paxos among the configured peers: no database, and no silo that
    /// must not fail. Any majority of the peers suffices. The cluster is the one that <c>ClusterOptions.ClusterId</c> names.
    /// Unless the silo has a name (<c>SiloOptions.SiloName</c>) it gets this node's id.
    /// </summary>
    /// <param name="builder">The silo.</param>
    /// <param name="configure">Sets this node's id, the peers, the data directory and the secret.</param>
    public static ISiloBuilder UseQuorumClustering(this ISiloBuilder builder, Action<QuorumClusteringOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;
        services.AddOptions<QuorumClusteringOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<QuorumClusteringOptions>, QuorumClusteringOptionsValidator>());

        services.Configure<ClusterMembershipOptions>(static membership =>
        {
            // Whether a silo has been joining for too long is judged by comparing two machines' clocks: one that is an hour off
            // would have every new silo evicted. Such a silo serves nothing, and its row goes when its node comes back.
            membership.EvictWhenMaxJoinAttemptTimeExceeded = false;

            // A node that is cut off while it joins goes on when the network is back, however long that takes.
            membership.MaxJoinAttemptTime = MaxJoinTime;

            // Orleans thinks silos dead whose generation, a time to it, is long past. Here it counts starts.
            membership.SiloGenerationRetirementAge = null;
        });
        services.TryAddSingleton(TimeProvider.System);
        SteadyTime.AddToOrleans(services);
        services.TryAddSingleton<NodeFailure>();
        services.AddSingleton<ClusteringNode>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ClusteringNode>());
        services.AddSingleton<ILocalSiloDetails, CountedSiloDetails>();
        services.AddOptions<SiloOptions>()
            .Configure<IOptions<QuorumClusteringOptions>>(static (silo, clustering) => silo.SiloName ??= clustering.Value.Node);
        services.AddSingleton<QuorumMembershipTable>();
        services.AddSingleton<IMembershipTable>(provider => provider.GetRequiredService<QuorumMembershipTable>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloJoin>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, SiloLeave>();
        return builder;
    }
}
