using Orleans.Invocation;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Messaging;

/// <summary>Where proxies send their requests: a silo or a client.</summary>
internal interface IRequestSender
{
    Task<TResult> Send<TResult>(GrainMethod<TResult> method, GrainReference target, Request request);

    GrainReference CreateReference(Type interfaceType, GrainId grainId, SiloAddress? silo);
}

internal interface IConnectionHandler
{
    /// <summary>A request has come; the reader stands before its arguments and is only valid until this returns.</summary>
    void OnRequest(Connection connection, in RequestHeader header, Reader arguments);

    void OnClosed(Connection connection, Exception reason);
}
