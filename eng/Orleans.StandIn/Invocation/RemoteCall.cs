using Orleans.Messaging;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Invocation;

/// <summary>Sends a request over a connection and gives the task of its answer.</summary>
internal static class RemoteCall
{
    public static Task<TResult> Send<TResult>(
        Connection connection, GrainMethod<TResult> method, GrainId target, Request request, TimeSpan timeout, TimeProvider time)
    {
        PendingCall<TResult>? call = null;
        var id = 0UL;
        var token = method.GetToken(request);
        if (!method.IsOneWay)
        {
            if (token.IsCancellationRequested)
            {
                return Task.FromCanceled<TResult>(token);
            }

            call = new PendingCall<TResult>(method, target, timeout) { Deadline = time.After(timeout) };
            id = connection.Calls.Add(call);
        }

        var writer = Writer.Rent();
        try
        {
            var kind = method.IsOneWay ? FrameKind.OneWay : FrameKind.Request;
            Frames.BeginRequest(writer, new RequestHeader(kind, id, target, method.InterfaceId, method.Id, timeout));
            request.Write(writer);
            if (!connection.TrySend(writer))
            {
                throw new OrleansMessageRejectionException(
                    $"The request {method} to {target} is too large, or too much is waiting to be sent to {connection.Remote}.");
            }
        }
        catch (Exception e) when (call is not null)
        {
            connection.Calls.Remove(id);
            call.Fail(e);
        }
        catch (Exception)
        {
            // Nobody waits for a one-way call.
        }
        finally
        {
            writer.Return();
        }

        if (call is not null && token.CanBeCanceled)
        {
            CancelWith(connection, id, call, token);
        }

        return call?.Task ?? OneWayResult<TResult>();
    }

    public static Task<TResult> OneWayResult<TResult>() => Done<TResult>.Task;

    /// <summary>The timestamp that lies so far ahead.</summary>
    public static long After(this TimeProvider time, TimeSpan delay)
        => time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);

    private static void CancelWith<TResult>(Connection connection, ulong id, PendingCall<TResult> call, CancellationToken token)
    {
        var registration = token.UnsafeRegister(
            _ =>
            {
                if (connection.Calls.Remove(id) is not null)
                {
                    connection.SendCancel(id);
                    call.Cancel(token);
                }
            },
            null);
        _ = call.Task.ContinueWith(
            _ => registration.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static class Done<TResult>
    {
        public static readonly Task<TResult> Task = System.Threading.Tasks.Task.FromResult(default(TResult)!);
    }
}
