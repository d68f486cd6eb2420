using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Invocation;
using Orleans.Messaging;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Execution;

/// <summary>
/// The heart of a silo: takes requests from grains here, from other silos and from clients, and brings each to its grain, here or elsewhere.
/// </summary>
internal sealed class SiloEngine : IRequestSender, IConnectionHandler, IClusterClient
{
    private const int DefaultMostWaiting = 100_000;

    private readonly GrainClasses _classes;
    private readonly CallTable _localCalls = new();
    private readonly Dictionary<uint, object> _services = [];
    private readonly TimeSpan _responseTimeout;

    public SiloEngine(
        IServiceProvider services,
        LocalSilo local,
        GrainClasses classes,
        IOptions<SiloMessagingOptions> messaging,
        IOptions<ConnectionOptions> connections,
        IOptions<ClusterOptions> cluster,
        IOptions<GrainCollectionOptions> collection,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        Services = services;
        Local = local;
        Time = time;
        Collection = collection.Value;
        _classes = classes;
        _responseTimeout = messaging.Value.ResponseTimeout;
        MostWaitingRequests = messaging.Value.MaxEnqueuedRequestsHardLimit is > 0 and var limit ? limit : DefaultMostWaiting;
        MaxMessageBytes = messaging.Value.MaxMessageBodySize;
        GrainLogger = loggers.CreateLogger("Orleans.Grain");
        Catalog = new Catalog(this);
        Placer = new Placer(services, local.SiloAddress, () => Membership());
        var connector = new Connector(connections.Value, cluster.Value.ClusterId, cluster.Value.ServiceId, local.SiloAddress);
        Connections = new SiloConnections(this, connector, connections.Value, MaxMessageBytes, time);
    }

    public IServiceProvider Services { get; }

    public IServiceProvider ServiceProvider => Services;

    public LocalSilo Local { get; }

    public TimeProvider Time { get; }

    public GrainCollectionOptions Collection { get; }

    public int MostWaitingRequests { get; }

    public int MaxMessageBytes { get; }

    public ILogger GrainLogger { get; }

    public Catalog Catalog { get; }

    public Placer Placer { get; }

    public SiloConnections Connections { get; }

    /// <summary>The silo's newest view of its cluster; set by membership when that starts.</summary>
    public Func<ClusterMembershipSnapshot> Membership { get; set; } = static () => Orleans.Membership.MembershipView.Empty;

    /// <summary>Another incarnation answered where one was expected: the membership has changed.</summary>
    public event Action? SiloReplaced;

    /// <summary>The interfaces of stateless workers: clients spread their calls over all gateways.</summary>
    public uint[] UnorderedInterfaces => _classes.UnorderedInterfaces();

    /// <summary>Makes an object reachable for other silos by an interface of its own, outside of any grain's turns.</summary>
    public void AddService<TInterface>(TInterface service)
        where TInterface : class
        => _services[GrainInterface.Of(typeof(TInterface)).Id] = service;

    public TInterface ServiceOn<TInterface>(SiloAddress silo)
        => (TInterface)(object)CreateReference(typeof(TInterface), GrainId.Create(SystemService.GrainType, ""), silo);

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
        => (TGrainInterface)(object)GetGrain(typeof(TGrainInterface), IdSpan.Create(primaryKey), grainClassNamePrefix);

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
        => (IGrain)(object)GetGrain(grainInterfaceType, IdSpan.Create(grainPrimaryKey), null);

    public GrainReference CreateReference(Type interfaceType, GrainId grainId, SiloAddress? silo)
        => GrainInterface.Of(interfaceType).CreateProxy(this, grainId, silo);

    public Task<TResult> Send<TResult>(GrainMethod<TResult> method, GrainReference target, Request request)
    {
        try
        {
            if (target.Silo is { } silo)
            {
                return SendTo(silo, method, target.GrainId, null, request);
            }

            var grainClass = _classes.Find(target.GrainId.Type, method.Method.DeclaringType!)
                ?? throw new ArgumentException($"No class on this silo implements {method.Method.DeclaringType}.");
            var place = Placer.PlaceAsync(target.GrainId, grainClass);
            return place.IsCompletedSuccessfully
                ? SendTo(place.Result, method, target.GrainId, grainClass, request)
                : SendWhenPlaced(place, method, target.GrainId, grainClass, request);
        }
        catch (Exception e)
        {
            return Failed<TResult>(method, e);
        }
    }

    /// <summary>A request whose activation went away before it started.</summary>
    public void Redispatch(IncomingCall call)
    {
        var grainClass = _classes.Find(call.Target.Type, call.Method.Method.DeclaringType!);
        if (grainClass is null || Local.IsStopping)
        {
            call.Reject(new SiloUnavailableException($"The silo {Local.SiloAddress} is stopping."));
            return;
        }

        Catalog.GetOrCreate(call.Target, grainClass).Post(call);
    }

    public void OnRequest(Connection connection, in RequestHeader header, Reader arguments)
    {
        var reply = header.Kind == FrameKind.Request ? connection : null;
        try
        {
            if (GrainInterface.Find(header.InterfaceId) is not { } grain || grain.FindMethod(header.MethodId) is not { } method)
            {
                throw new OrleansException($"The silo {Local.SiloAddress} has no interface or method as called on {header.Target}.");
            }

            if (_services.TryGetValue(header.InterfaceId, out var service))
            {
                if (connection.IsFromClient)
                {
                    throw new OrleansException("Clients may not call the silos' own services.");
                }

                Decode(header, method, header.Target, reply, arguments).Run(service);
                return;
            }

            var grainClass = _classes.Find(header.Target.Type, grain.Type)
                ?? throw new OrleansException($"No class on the silo {Local.SiloAddress} implements {grain.Type}.");
            var target = header.Target.Type == grainClass.GrainType
                ? header.Target
                : GrainId.Create(grainClass.GrainType, header.Target.Key);
            if (connection.IsFromClient)
            {
                RequestForwarder.Route(this, connection, header with { Target = target }, method, grainClass, arguments);
            }
            else
            {
                Post(Decode(header, method, target, reply, arguments), grainClass);
            }
        }
        catch (Exception e)
        {
            reply?.SendError(header.Id, e);
        }
    }

    public void OnClosed(Connection connection, Exception reason)
    {
        Connections.OnClosed(connection, reason);
        if (reason.InnerException is SiloReplacedException)
        {
            SiloReplaced?.Invoke();
        }
    }

    /// <summary>Reads a request's arguments.</summary>
    public static IncomingCall Decode(in RequestHeader header, GrainMethod method, GrainId target, Connection? reply, Reader arguments)
    {
        var request = method.CreateRequest();
        request.Read(arguments);
        if (method.TokenIndex >= 0 && reply is not null)
        {
            method.SetToken(request, reply.TokenFor(header.Id));
        }

        return new IncomingCall(method, request, target) { Connection = reply, Id = header.Id };
    }

    public void Post(IncomingCall call, GrainClass grainClass)
    {
        // A grain that is being deactivated may still need answers; but none is activated any more.
        if (Local.IsStopping && !Catalog.Contains(call.Target))
        {
            call.Reject(new SiloUnavailableException($"The silo {Local.SiloAddress} is stopping."));
            return;
        }

        Catalog.GetOrCreate(call.Target, grainClass).Post(call);
    }

    public void ExpireCalls()
    {
        var now = Time.GetTimestamp();
        _localCalls.Expire(now);
        foreach (var connection in Connections.All)
        {
            connection.Calls.Expire(now);
        }
    }

    public void CloseLocalCalls(Exception reason) => _localCalls.Close(reason);

    private GrainReference GetGrain(Type interfaceType, IdSpan key, string? classNamePrefix)
    {
        var grain = GrainInterface.Of(interfaceType);
        var found = classNamePrefix is null
            ? _classes.Find(grain.GrainType, interfaceType)
            : _classes.Find(interfaceType, classNamePrefix);
        return found is null
            ? throw new ArgumentException($"No grain class on this silo implements {interfaceType}.", nameof(interfaceType))
            : grain.CreateProxy(this, GrainId.Create(found.GrainType, key), null);
    }

    private async Task<TResult> SendWhenPlaced<TResult>(
        ValueTask<SiloAddress> place, GrainMethod<TResult> method, GrainId target, GrainClass grainClass, Request request)
    {
        try
        {
            return await SendTo(await place, method, target, grainClass, request);
        }
        catch (Exception) when (method.IsOneWay)
        {
            return default!;
        }
    }

    private Task<TResult> SendTo<TResult>(
        SiloAddress silo, GrainMethod<TResult> method, GrainId target, GrainClass? grainClass, Request request)
    {
        if (silo.Equals(Local.SiloAddress))
        {
            return SendLocally(method, target, grainClass, request);
        }

        // Generation 0 stands for whichever incarnation is there.
        if (silo.Generation > 0 && Membership().GetSiloStatus(silo) == SiloStatus.Dead)
        {
            throw new SiloUnavailableException($"The silo {silo} is dead.");
        }

        return RemoteCall.Send(Connections.Get(silo), method, target, request, method.Timeout ?? _responseTimeout, Time);
    }

    private Task<TResult> SendLocally<TResult>(GrainMethod<TResult> method, GrainId target, GrainClass? grainClass, Request request)
    {
        request.Copy(method.SharedArguments);
        PendingCall<TResult>? caller = null;
        var id = 0UL;
        if (!method.IsOneWay)
        {
            var timeout = method.Timeout ?? _responseTimeout;
            caller = new PendingCall<TResult>(method, target, timeout) { Deadline = Time.After(timeout) };
            id = _localCalls.Add(caller);
        }

        var call = new IncomingCall(method, request, target) { Caller = caller, CallerTable = _localCalls, Id = id };
        if (grainClass is not null)
        {
            Post(call, grainClass);
        }
        else
        {
            call.Run(_services[method.InterfaceId]);
        }

        return caller?.Task ?? RemoteCall.OneWayResult<TResult>();
    }

    private static Task<TResult> Failed<TResult>(GrainMethod<TResult> method, Exception exception)
        => method.IsOneWay ? RemoteCall.OneWayResult<TResult>() : Task.FromException<TResult>(exception);
}

/// <summary>What silos offer one another besides grains is addressed as if it were a grain of this type.</summary>
internal static class SystemService
{
    public static readonly GrainType GrainType = GrainType.Create("sys");
}
