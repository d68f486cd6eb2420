using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Execution;

/// <summary>Who this silo is. Its generation is taken when it is created, at the start of the process or of the test's silo.</summary>
internal sealed class LocalSilo : ILocalSiloDetails
{
    private static int _lastGeneration;

    public LocalSilo(IOptions<SiloOptions> silo, IOptions<EndpointOptions> endpoints, IOptions<ClusterOptions> cluster)
    {
        var address = endpoints.Value.AdvertisedIPAddress ?? IPAddress.Loopback;
        SiloAddress = SiloAddress.New(address, endpoints.Value.SiloPort, NextGeneration());
        GatewayAddress = SiloAddress.New(address, endpoints.Value.GatewayPort, SiloAddress.Generation);
        Name = silo.Value.SiloName ?? $"Silo_{SiloAddress.GetConsistentHashCode():x8}";
        ClusterId = cluster.Value.ClusterId;
    }

    public string Name { get; }

    public string ClusterId { get; }

    public string DnsHostName { get; } = Dns.GetHostName();

    public SiloAddress SiloAddress { get; }

    public SiloAddress GatewayAddress { get; }

    /// <summary>Set when grains begin to be deactivated: none is created any more.</summary>
    public bool IsStopping { get; set; }

    // Two incarnations within one second of one process, as in tests, must differ too.
    private static int NextGeneration()
    {
        while (true)
        {
            var last = Volatile.Read(ref _lastGeneration);
            var next = Math.Max(last + 1, SiloAddress.AllocateNewGeneration());
            if (Interlocked.CompareExchange(ref _lastGeneration, next, last) == last)
            {
                return next;
            }
        }
    }
}
