using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Namespaces;
using Doozer.Replicas;
using Doozer.Silo.Http;
using Doozer.Silo.Telemetry;
using Doozer.Silo.Viewer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Doozer.Silo.Serve;

/// <summary>Puts a node together: Orleans silo, grains, HTTP.</summary>
internal static class NodeHost
{
    // The service is the same in every cluster of this program; only the cluster id keeps clusters apart.
    private const string ServiceId = "doozer";

    /// <summary>Why a node that has not started does not serve.</summary>
    public const string IsStarting = "it is starting, and may be waiting for a quorum of its peers";

    /// <summary>Of answers that are not written in pieces, some 60 KiB at a time wait for their reader.</summary>
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 4096, gracePeriod: TimeSpan.FromSeconds(10));

    /// <summary>
    /// For a connection without a request. Longer than .NET's clients, Doozer's own among them, keep one that they do not use:
    /// one that the node closed first could fail a request that was just being sent.
    /// </summary>
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(75);

    /// <summary>Time for a stop: handing leadership over, finishing requests, leaving the membership.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(8);

    public static WebApplication Build(
        WebApplicationBuilder builder, NodeSettings settings, IConfiguration section, NodeLog log)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new NodeInfo(
            settings.Id, settings.Cluster, ProductVersion.Text, settings.Silo.ToString(), settings.Gateway.ToString(),
            $"http://{settings.Http}"));
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = StopTime;

            // The silo starts once a quorum of peers has answered, and they answer over HTTP.
            host.ServicesStartConcurrently = true;
        });
        builder.Services.AddSingleton<SiloRestart>();
        builder.Services.AddSingleton<IFatalErrorHandler>(services => services.GetRequiredService<SiloRestart>());
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(
            services => services.GetRequiredService<SiloRestart>());
        ConfigureHttp(builder, settings, section);
        builder.Host.UseOrleans(silo => ConfigureSilo(silo, settings, section));
        AddExport(builder, settings, log);
        WebApplication app = builder.Build();
        Map(app, settings);
        NotifyServiceManager(app.Lifetime);
        return app;
    }

    private static void Map(WebApplication app, NodeSettings settings)
    {
        DoozerOptions options = app.Services.GetRequiredService<IOptions<DoozerOptions>>().Value;
        var nodes = new NodeAddresses(app.Services.GetRequiredService<ClusteringNode>().Nodes);
        app.MapQuorumClustering();
        app.MapDoozer(
            NamespacesOf(app, settings.Id),
            options.MaxBodyBytes,
            options.MaxWaitingBytes,
            settings.HttpNames,
            nodes);
        new OverviewEndpoints(
            app.Services.GetRequiredService<NodeInfo>(),
            nodes,
            settings.Dashboard ? Dashboard.Path : null,
            app.Services.GetRequiredService<ReplicaDrivers>(),
            new ClusterReports(app.Services.GetRequiredService<IGrainFactory>(), nodes, TimeProvider.System)).Map(app);
        if (settings.Dashboard)
            Dashboard.Map(app, settings.Id);
        else
            Dashboard.MapOff(app);
    }

    /// <summary>Tells systemd, if it runs this node and wants to know, when it serves and when it stops.</summary>
    private static void NotifyServiceManager(IHostApplicationLifetime lifetime)
    {
        var notifier = new SystemdNotifier();
        if (!notifier.IsEnabled)
            return;
        lifetime.ApplicationStarted.Register(() => notifier.Notify(ServiceState.Ready));
        lifetime.ApplicationStopping.Register(() => notifier.Notify(ServiceState.Stopping));
    }

    private static void AddExport(WebApplicationBuilder builder, NodeSettings settings, NodeLog log)
    {
        if (OtlpExport.Add(builder, settings) is { } where)
            log.Say($"node {settings.Id} exports {where}");
    }

    private static void ConfigureHttp(WebApplicationBuilder builder, NodeSettings settings, IConfiguration section)
    {
        builder.Services.AddOptions<HttpOptions>().Bind(section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<HttpOptions>, HttpOptionsValidator>();
        builder.Services.AddSingleton<Answers>();
        builder.Services.AddSingleton<NodeStatistics>();
        builder.Services.AddHostedService(services => services.GetRequiredService<NodeStatistics>());
        builder.Services.AddSingleton<HttpConnections>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            HttpConnections.AddTo(kestrel);
            kestrel.Limits.MinResponseDataRate = SlowestReader;
            kestrel.Limits.KeepAliveTimeout = MaxSilence;
            kestrel.Listen(settings.Http);
        });

        builder.Services.Configure<SocketTransportOptions>(sockets =>
        {
            // What is written completes when the network has taken it, so that what an answer holds is known.
            sockets.MaxWriteBufferSize = 1;

            // By the thread that has it: a queue would cost a request two more turns of the pool, which has the protocol's, too.
            sockets.UnsafePreferInlineScheduling = true;
        });
    }

    private static NamespaceSource NamespacesOf(WebApplication app, string node)
    {
        IGrainFactory grains = app.Services.GetRequiredService<IGrainFactory>();
        CancellationToken started = app.Lifetime.ApplicationStarted;
        var references = new NamespaceReferences(name => grains.GetGrain<ILocalNamespaceGrain>(name));
        return name => started.IsCancellationRequested
            ? references.Get(name)
            : throw new NodeUnavailableException(node, IsStarting);
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

        silo.Configure<ClusterMembershipOptions>(FailureDetection.Configure);
        silo.Configure<ConnectionOptions>(FailureDetection.Configure);
        ConfigureNode(silo, settings, section);
        if (settings.Dashboard)
            Dashboard.Add(silo);
    }

    private static void ConfigureNode(ISiloBuilder silo, NodeSettings settings, IConfiguration section)
    {
        silo.UseQuorumClustering(options =>
        {
            options.Node = settings.Id;
            foreach (NodeAddress founder in settings.Founders)
                options.Peers.Add(founder.Id, founder.Address);
            options.Address = settings.Own.Address;
            options.DataDirectory = NodeSettings.ClusteringFolder(settings.DataDirectory);
            options.Voters = settings.Voters;
            options.Secret = settings.Secret;
            options.Listen = false;
        });
        silo.AddDoozer(options =>
        {
            section.Bind(options);
            options.Node = settings.Id;
            options.Cluster = settings.Cluster;
            options.DataDirectory = settings.DataDirectory;
            foreach (NodeAddress founder in settings.Founders)
                options.Peers.Add(founder.Id);
            if (settings.HasJoined)
                options.Learners.Add(settings.Id);
            options.Origin = settings.Origin;
            options.ElectionQuorum = settings.Quorum?.Elect ?? 0;
            options.WriteQuorum = settings.Quorum?.Write ?? 0;
        });
    }
}
