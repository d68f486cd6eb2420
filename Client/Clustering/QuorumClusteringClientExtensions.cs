using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Doozer.Client.Clustering;

/// <summary>Lets an Orleans client find a cluster that uses quorum clustering.</summary>
public static class QuorumClusteringClientExtensions
{
    /// <summary>Finds the cluster's gateways by asking its peers.</summary>
    /// <param name="builder">The Orleans client.</param>
    /// <param name="addresses">HTTP base addresses of one or more peers, such as <c>http://10.0.0.1:7000</c>.</param>
    /// <exception cref="UriFormatException">An address is not a URL.</exception>
    public static IClientBuilder UseQuorumClustering(this IClientBuilder builder, params string[] addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        Uri[] parsed = Array.ConvertAll(addresses, address => new Uri(address));
        return builder.UseQuorumClustering(options =>
        {
            foreach (Uri address in parsed)
                options.Addresses.Add(address);
        });
    }

    /// <summary>Finds the cluster's gateways by asking its peers.</summary>
    /// <param name="builder">The Orleans client.</param>
    /// <param name="configure">Sets the peers' addresses, and how often the list is read again.</param>
    public static IClientBuilder UseQuorumClustering(this IClientBuilder builder, Action<QuorumClusteringClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;
        services.AddOptions<QuorumClusteringClientOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor
            .Singleton<IValidateOptions<QuorumClusteringClientOptions>, QuorumClusteringClientOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GatewayOptions>().Configure<IOptions<QuorumClusteringClientOptions>>(
            (gateways, clustering) => gateways.GatewayListRefreshPeriod = clustering.Value.RefreshPeriod);
        services.AddSingleton<IGatewayListProvider, PeerGatewayListProvider>();
        return builder;
    }
}
