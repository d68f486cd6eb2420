using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Clustering;

/// <summary>
/// This silo's address, whose generation comes from a durable count of starts. Orleans takes it from the clock, and takes a silo
/// with the lower generation for the older one: after a clock was set back a node that has started again would be thought dead.
/// </summary>
internal sealed class CountedSiloDetails : ILocalSiloDetails
{
    /// <summary>
    /// Beyond what any clock has given so far: seconds since 2022 get there in 2056. So a node that was upgraded is later than
    /// its earlier runs.
    /// </summary>
    public const int FirstGeneration = 1 << 30;

    private readonly Lazy<SiloAddress> _address;

    public CountedSiloDetails(
        ClusteringNode node,
        IOptions<SiloOptions> silo,
        IOptions<ClusterOptions> cluster,
        IOptions<EndpointOptions> endpoints)
    {
        (Name, ClusterId, DnsHostName) = (silo.Value.SiloName, cluster.Value.ClusterId, Dns.GetHostName());
        EndpointOptions options = endpoints.Value;

        // A single node may write its list of members twice a minute for ever, and gets nowhere near the other half.
        _address = new Lazy<SiloAddress>(() => SiloAddress.New(
            options.AdvertisedIPAddress, options.SiloPort, checked(FirstGeneration + (int)node.StartNumber)));
        GatewayAddress = options.GatewayPort == 0
            ? null!
            : SiloAddress.New(options.AdvertisedIPAddress, options.GatewayPort, 0);
    }

    /// <summary>Which start of its node a silo is; 0 if its address does not tell.</summary>
    public static long StartOf(SiloAddress silo) => Math.Max(silo.Generation - FirstGeneration, 0);

    public string Name { get; }

    public string ClusterId { get; }

    public string DnsHostName { get; }

    public SiloAddress SiloAddress => _address.Value;

    public SiloAddress GatewayAddress { get; }
}
