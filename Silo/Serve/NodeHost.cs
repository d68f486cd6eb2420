using Doozer.Grains;
using Doozer.Silo.Http;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Doozer.Silo.Serve;

/// <summary>Puts a node together: Orleans silo, grains, HTTP.</summary>
internal static class NodeHost
{
    // The service is the same in every cluster of this program; only the cluster id keeps clusters apart.
    private const string ServiceId = "doozer";

    private const int MaxConnections = 10_000;

    /// <summary>Time for a stop: handing leadership over, finishing requests, leaving the membership.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(8);

    public static WebApplication Build(WebApplicationBuilder builder, NodeSettings settings, IConfiguration section)
    {
        ConfigureLogging(builder.Logging);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new NodeInfo(
            settings.Id, settings.Cluster, ProductVersion.Text, settings.Silo.ToString(), settings.Gateway.ToString(), $"http://{settings.Http}"));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Listen(settings.Http);
        });
        builder.Host.UseOrleans(silo => ConfigureSilo(silo, settings, section));

        WebApplication app = builder.Build();
        var grains = app.Services.GetRequiredService<IGrainFactory>();
        app.MapDoozer(
            name => grains.GetGrain<INamespaceGrain>(name),
            app.Services.GetRequiredService<IOptions<DoozerOptions>>().Value.MaxBodyBytes);
        Dashboard.Map(app);
        return app;
    }

    private static void ConfigureSilo(ISiloBuilder silo, NodeSettings settings, IConfiguration section)
    {
        silo.Configure<SiloOptions>(options => options.SiloName = settings.Id);
        silo.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = settings.Cluster;
            options.ServiceId = ServiceId;
        });
        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = settings.Silo.Address;
            options.SiloPort = settings.Silo.Port;
            options.GatewayPort = settings.Gateway.Port;
            options.SiloListeningEndpoint = settings.Silo;
            options.GatewayListeningEndpoint = settings.Gateway;
        });

        // A dead silo is out of the membership after about three seconds. One vote is enough: Paxos does not depend on it, and
        // of two survivors only one may be probing.
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(1);
            options.NumMissedProbesLimit = 3;
            options.NumVotesForDeathDeclaration = 1;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.UseDevelopmentClustering(settings.Peers[0].Silo);
        silo.AddDoozer(options =>
        {
            section.Bind(options);
            options.Node = settings.Id;
            options.Cluster = settings.Cluster;
            options.DataDirectory = settings.DataDirectory;
            foreach (Peer peer in settings.Peers)
                options.Peers.Add(peer.Id);
        });
        Dashboard.Add(silo);
    }

    private static void ConfigureLogging(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddConsole(console => console.FormatterName = LineFormatter.FormatterName);
        logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
    }
}
