using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.TestingHost;

/// <summary>Builds the hosts of a test cluster's silos and client. What the test configures comes last and wins.</summary>
internal static class TestHosts
{
    private static readonly TimeSpan GatewayRefreshPeriod = TimeSpan.FromMilliseconds(500);

    public static IHost BuildSilo(InProcessTestClusterOptions cluster, InProcessTestSiloSpecificOptions silo, IMembershipTable table)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = silo.SiloName });
        builder.Services.AddSingleton<IFatalErrorHandler, TestFatalErrorHandler>();
        ((IHostApplicationBuilder)builder).UseOrleans(orleans => orleans
            .Configure<SiloOptions>(options => options.SiloName = silo.SiloName)
            .Configure<ClusterOptions>(options => Identify(options, cluster))
            .ConfigureEndpoints(IPAddress.Loopback, silo.SiloPort, silo.GatewayPort)
            .ConfigureServices(services => services.AddSingleton(table)));
        foreach (var configure in cluster.SiloHostConfigurationDelegates)
        {
            configure(silo, builder);
        }

        return builder.Build();
    }

    public static IHost BuildClient(InProcessTestClusterOptions cluster, IMembershipTable table)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "TestClusterClient" });
        ((IHostApplicationBuilder)builder).UseOrleansClient(client => client
            .Configure<ClusterOptions>(options => Identify(options, cluster))
            .Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = GatewayRefreshPeriod)
            .ConfigureServices(services => services.AddSingleton<IGatewayListProvider>(new TableGatewayListProvider(table))));
        foreach (var configure in cluster.ClientHostConfigurationDelegates)
        {
            configure(builder);
        }

        return builder.Build();
    }

    private static void Identify(ClusterOptions options, InProcessTestClusterOptions cluster)
    {
        options.ClusterId = cluster.ClusterId;
        options.ServiceId = cluster.ServiceId;
    }

    /// <summary>The gateways of the silos that are active in the table.</summary>
    private sealed class TableGatewayListProvider(IMembershipTable table) : IGatewayListProvider
    {
        public TimeSpan MaxStaleness => GatewayRefreshPeriod;

        public bool IsUpdatable => true;

        public Task InitializeGatewayListProvider() => Task.CompletedTask;

        public async Task<IList<Uri>> GetGateways()
        {
            var data = await table.ReadAll();
            return [.. data.Members.Select(row => row.Item1)
                .Where(entry => entry.Status == SiloStatus.Active && entry.ProxyPort > 0)
                .Select(entry => new Uri(
                    $"gwy.tcp://{new IPEndPoint(entry.SiloAddress.Endpoint.Address, entry.ProxyPort)}/{entry.SiloAddress.Generation}"))];
        }
    }

    /// <summary>A silo that is declared dead ends alone, not with the test's process.</summary>
    private sealed class TestFatalErrorHandler(IServiceProvider services) : IFatalErrorHandler
    {
        public bool IsUnexpected(Exception exception) => true;

        public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
            => SiloServices.Kill(services);
    }
}
