using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Invocation;
using Orleans.Lifecycle;
using Orleans.Messaging;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Client;

/// <summary>A client of the cluster: sends each call through one of the gateways.</summary>
internal sealed class ClusterClient(
    IServiceProvider services,
    Gateways gateways,
    LifecycleSubject lifecycle,
    IEnumerable<ILifecycleParticipant<IClusterClientLifecycle>> participants,
    IOptions<ClientMessagingOptions> options,
    TimeProvider time) : IClusterClient, IRequestSender, IConnectionHandler, IHostedService
{
    private int _stopped;

    public IServiceProvider ServiceProvider => services;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await gateways.StartAsync(this, cancellationToken);
        foreach (var participant in participants)
        {
            participant.Participate(lifecycle);
        }

        await lifecycle.OnStart(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            await lifecycle.OnStop(cancellationToken);
            gateways.Stop();
        }
    }

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
        => (TGrainInterface)GetGrain(typeof(TGrainInterface), primaryKey);

    // Which class implements the interface is the silos' business.
    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
        => (IGrain)(object)CreateReference(
            grainInterfaceType, GrainId.Create(GrainInterface.Of(grainInterfaceType).GrainType, grainPrimaryKey), null);

    public GrainReference CreateReference(Type interfaceType, GrainId grainId, SiloAddress? silo)
        => GrainInterface.Of(interfaceType).CreateProxy(this, grainId, silo);

    public Task<TResult> Send<TResult>(GrainMethod<TResult> method, GrainReference target, Request request)
    {
        var timeout = method.Timeout ?? options.Value.ResponseTimeout;
        try
        {
            var gateway = gateways.Choose(method.InterfaceId, target.GrainId);
            return RemoteCall.Send(gateway, method, target.GrainId, request, timeout, time);
        }
        catch (Exception e)
        {
            return method.IsOneWay ? RemoteCall.OneWayResult<TResult>() : Task.FromException<TResult>(e);
        }
    }

    public void OnRequest(Connection connection, in RequestHeader header, Reader arguments)
        => connection.SendError(header.Id, new OrleansException("A client has no grains."));

    public void OnClosed(Connection connection, Exception reason) => gateways.OnClosed(connection);
}
