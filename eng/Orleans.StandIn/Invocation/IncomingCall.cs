using Orleans.Execution;
using Orleans.Messaging;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Invocation;

/// <summary>A request on its way to a grain on this silo, with where its answer goes: a connection, a local caller, or nowhere.</summary>
internal sealed class IncomingCall(GrainMethod method, Request request, GrainId target) : Turn
{
    public GrainMethod Method { get; } = method;

    public Request Request { get; } = request;

    public GrainId Target { get; } = target;

    /// <summary>The remote caller's connection and its id of the call.</summary>
    public Connection? Connection { get; init; }

    public ulong Id { get; init; }

    /// <summary>The local caller, and its table with the call's id there.</summary>
    public PendingCall? Caller { get; init; }

    public CallTable? CallerTable { get; init; }

    public override bool Interleaves => Method.Interleaves;

    public override bool IsReadOnly => Method.IsReadOnly;

    public override void Run(object target) => Method.Execute(this, target);

    public override void Redispatch(SiloEngine silo) => silo.Redispatch(this);

    public void Reply<TResult>(TResult result)
    {
        if (Caller is PendingCall<TResult> caller)
        {
            CallerTable!.Remove(Id);
            caller.Complete(Codec<TResult>.Instance.Copy(result));
        }
        else if (Connection is { } connection)
        {
            Send(connection, result);
        }

        Ended();
    }

    public void Fail(Exception exception)
    {
        Reject(exception);
        Ended();
    }

    public override void Reject(Exception exception)
    {
        if (Caller is { } caller)
        {
            CallerTable!.Remove(Id);
            caller.Fail(exception);
        }
        else
        {
            Connection?.SendError(Id, exception);
        }
    }

    private void Send<TResult>(Connection connection, TResult result)
    {
        var writer = Writer.Rent();
        try
        {
            Frames.BeginResponse(writer, FrameKind.Response, Id);
            Codec<TResult>.Instance.Write(writer, result);
            if (!connection.TrySend(writer))
            {
                connection.SendError(Id, new LimitExceededException("The answer is too large or the connection is overloaded."));
            }
        }
        catch (Exception e)
        {
            connection.SendError(Id, e);
        }
        finally
        {
            writer.Return();
        }
    }

    private void Ended()
    {
        if (Method.TokenIndex >= 0)
        {
            Connection?.ForgetCancellation(Id);
        }

        Activation?.OnTurnEnded(this);
    }
}
