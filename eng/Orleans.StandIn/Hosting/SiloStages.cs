using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Execution;
using Orleans.Membership;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Orleans.Hosting;

/// <summary>The silo's own steps in its lifecycle: listen, join, become active, open the gateway; and back.</summary>
internal sealed class SiloStages(
    SiloEngine silo,
    MembershipAgent membership,
    ProbeMonitor probes,
    IOptions<EndpointOptions> endpoints,
    IOptions<ClusterOptions> cluster,
    IOptions<ConnectionOptions> connections,
    ILogger<Listener> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan CallCheckPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(2);

    private Listener? _siloListener;
    private Listener? _gateway;
    private ITimer? _callCheck;
    private ITimer? _collector;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe<SiloStages>(ServiceLifecycleStage.RuntimeInitialize, Listen, StopListening);
        lifecycle.Subscribe<SiloStages>(
            ServiceLifecycleStage.AfterRuntimeGrainServices, membership.JoinAsync, _ => membership.LeaveAsync(SiloStatus.Dead, LeaveLimit));
        lifecycle.Subscribe<SiloStages>(ServiceLifecycleStage.GrainDeactivation, _ => Task.CompletedTask, DeactivateGrainsAsync);
        lifecycle.Subscribe<SiloStages>(ServiceLifecycleStage.BecomeActive, BecomeActiveAsync, BecomeInactiveAsync);
        lifecycle.Subscribe<SiloStages>(ServiceLifecycleStage.Active, OpenGateway, CloseGateway);
    }

    /// <summary>Ends everything without a word to anybody.</summary>
    public void Kill()
    {
        var reason = new SiloUnavailableException($"The silo {silo.Local.SiloAddress} was killed.");
        silo.Local.IsStopping = true;
        membership.Stop();
        silo.Catalog.Abandon();
        CloseEverything();
        silo.Connections.CloseAll(reason, abort: true);
        silo.CloseLocalCalls(reason);
    }

    private Task Listen(CancellationToken token)
    {
        var self = silo.Local.SiloAddress.Endpoint;
        _siloListener = Open(endpoints.Value.SiloListeningEndpoint ?? self, hello => hello.IsSilo);
        _callCheck = silo.Time.CreateTimer(_ => silo.ExpireCalls(), null, CallCheckPeriod, CallCheckPeriod);
        var quantum = silo.Collection.CollectionQuantum;
        _collector = silo.Time.CreateTimer(_ => silo.Catalog.CollectIdle(silo.Collection.CollectionAge), null, quantum, quantum);
        return Task.CompletedTask;
    }

    private Task StopListening(CancellationToken token)
    {
        membership.Stop();
        CloseEverything();
        var reason = new SiloUnavailableException($"The silo {silo.Local.SiloAddress} has stopped.");
        silo.Connections.CloseAll(reason, abort: false);
        silo.CloseLocalCalls(reason);
        return Task.CompletedTask;
    }

    private async Task BecomeActiveAsync(CancellationToken token)
    {
        await membership.BecomeActiveAsync(token);
        probes.Start();
    }

    private async Task BecomeInactiveAsync(CancellationToken token)
    {
        silo.Local.IsStopping = true;
        await membership.LeaveAsync(SiloStatus.ShuttingDown, LeaveLimit);
    }

    private Task DeactivateGrainsAsync(CancellationToken token) => silo.Catalog.DeactivateAllAsync(token);

    private Task OpenGateway(CancellationToken token)
    {
        var gateway = silo.Local.GatewayAddress.Endpoint;
        if (gateway.Port != 0)
        {
            _gateway = Open(endpoints.Value.GatewayListeningEndpoint ?? gateway, hello => !hello.IsSilo);
        }

        return Task.CompletedTask;
    }

    private Task CloseGateway(CancellationToken token)
    {
        _gateway?.Dispose();
        return Task.CompletedTask;
    }

    private Listener Open(IPEndPoint endpoint, Func<Hello, bool> expected)
    {
        var welcome = new Welcome(silo.Local.SiloAddress, silo.UnorderedInterfaces);
        var listener = new Listener(
            endpoint,
            hello => expected(hello) ? Refuse(hello) : "silos connect to the silo's port, and clients to the gateway's.",
            silo.Connections.Accept,
            welcome,
            connections.Value.OpenConnectionTimeout,
            logger);
        listener.Start();
        return listener;
    }

    private string? Refuse(Hello hello)
    {
        var mine = cluster.Value;
        if (hello.ClusterId != mine.ClusterId || hello.ServiceId != mine.ServiceId)
        {
            return $"this is cluster '{mine.ClusterId}', service '{mine.ServiceId}', not cluster '{hello.ClusterId}', service '{hello.ServiceId}'.";
        }

        return hello.From is { } silo1 && silo.Membership().GetSiloStatus(silo1) == SiloStatus.Dead
            ? $"the cluster has declared {silo1} dead."
            : null;
    }

    private void CloseEverything()
    {
        _gateway?.Dispose();
        _siloListener?.Dispose();
        _callCheck?.Dispose();
        _collector?.Dispose();
    }
}
