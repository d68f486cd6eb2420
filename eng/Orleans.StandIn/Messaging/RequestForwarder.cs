using Orleans.Execution;
using Orleans.Invocation;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Messaging;

/// <summary>
/// The gateway's part: a client's request runs here when its grain belongs here, and otherwise goes on, unread, to the silo where it does; the
/// answer comes back the same way.
/// </summary>
internal static class RequestForwarder
{
    public static void Route(
        SiloEngine silo, Connection client, in RequestHeader header, GrainMethod method, GrainClass grainClass, Reader arguments)
    {
        var place = silo.Placer.PlaceAsync(header.Target, grainClass);
        if (place.IsCompletedSuccessfully && place.Result.Equals(silo.Local.SiloAddress))
        {
            var reply = header.Kind == FrameKind.Request ? client : null;
            silo.Post(SiloEngine.Decode(header, method, header.Target, reply, arguments), grainClass);
            return;
        }

        // The bytes outlive the connection's buffer.
        _ = RouteAsync(silo, client, header, method, grainClass, place, arguments.ReadRest().ToArray());
    }

    private static async Task RouteAsync(
        SiloEngine silo,
        Connection client,
        RequestHeader header,
        GrainMethod method,
        GrainClass grainClass,
        ValueTask<SiloAddress> place,
        byte[] arguments)
    {
        try
        {
            var destination = await place;
            if (!destination.Equals(silo.Local.SiloAddress))
            {
                Forward(silo, client, header, silo.Connections.Get(destination), arguments);
                return;
            }

            var reader = new Reader();
            reader.Reset(arguments, 0, arguments.Length);
            var reply = header.Kind == FrameKind.Request ? client : null;
            silo.Post(SiloEngine.Decode(header, method, header.Target, reply, reader), grainClass);
        }
        catch (Exception e)
        {
            if (header.Kind == FrameKind.Request)
            {
                client.SendError(header.Id, e);
            }
        }
    }

    private static void Forward(SiloEngine silo, Connection client, in RequestHeader header, Connection destination, byte[] arguments)
    {
        ForwardedCall? call = null;
        var id = 0UL;
        if (header.Kind == FrameKind.Request)
        {
            call = new ForwardedCall(client, header.Id) { Deadline = silo.Time.After(header.Timeout) };
            id = destination.Calls.Add(call);
        }

        var writer = Writer.Rent();
        try
        {
            Frames.BeginRequest(writer, header with { Id = id });
            writer.WriteRaw(arguments);
            if (!destination.TrySend(writer) && destination.Calls.Remove(id) is { } unsent)
            {
                unsent.Fail(new GatewayTooBusyException($"Too much is waiting to be sent to {destination.Remote}."));
            }
        }
        finally
        {
            writer.Return();
        }
    }

    /// <summary>Passes an answer on without reading it.</summary>
    private sealed class ForwardedCall(Connection client, ulong clientId) : PendingCall
    {
        public override void Complete(FrameKind kind, Reader reader)
        {
            var writer = Writer.Rent();
            Frames.BeginResponse(writer, kind, clientId);
            writer.WriteRaw(reader.ReadRest());
            if (!client.TrySend(writer))
            {
                client.SendError(clientId, new GatewayTooBusyException("Too much is waiting to be sent to the client."));
            }

            writer.Return();
        }

        public override void Fail(Exception exception) => client.SendError(clientId, exception);

        // The client's own deadline has passed too.
        public override void Expire()
        {
        }
    }
}
