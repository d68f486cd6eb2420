using Doozer.Grains;
using Doozer.Replicas;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>
/// Brings requests to whoever leads, as the local replica learns of it. Never waits for a silo longer than for the protocol: a
/// call to a dead one may hang for seconds.
/// </summary>
internal sealed partial class LeaderRoute(
    ReplicaDriver replica, Func<string, IReplicaGrain> grainOf, DoozerOptions options, TimeProvider time, ILogger logger)
{
    public ReplicaDriver Replica => replica;

    public TimeProvider Time => time;

    /// <summary>How long until a deadline, or until requests end because the node stops.</summary>
    public TimeSpan Left(long deadline) =>
        time.GetElapsedTime(time.GetTimestamp(), Math.Min(deadline, replica.RequestsEnd));

    /// <summary>The timestamp so much later than now.</summary>
    public long From(TimeSpan delay) => time.TimestampAfter(delay);

    /// <summary>Words for how long a request has waited that has no answer.</summary>
    public string Limit =>
        replica.Stopping.IsCompleted ? "before the node stopped" : $"within {options.RequestTimeout.TotalSeconds} s";

    public long DeadlineFromNow() => From(options.RequestTimeout);

    /// <summary>Sends a request to the leader until one answers.</summary>
    /// <param name="send">Calls the leader's replica.</param>
    /// <param name="judge">Says what an answer means: taken, to be asked elsewhere, and so on.</param>
    /// <param name="deadline">Timestamp after which to give up.</param>
    /// <exception cref="NodeUnavailableException">The local replica is broken and learns of no leader any more: nothing was
    /// done.</exception>
    public Task<(RequestFate Fate, T? Answer)> Ask<T>(
        Func<IReplicaGrain, Task<T>> send, Func<T, RequestFate> judge, long deadline)
        where T : class =>
        new LeaderRequest<T>(this, send, judge, deadline, Timeout.InfiniteTimeSpan).Run();

    /// <summary>The same for what costs little, and may be lost: the leader is asked again now and then.</summary>
    /// <inheritdoc cref="Ask"/>
    public Task<(RequestFate Fate, T? Answer)> AskRepeatedly<T>(
        Func<IReplicaGrain, Task<T>> send, Func<T, RequestFate> judge, long deadline)
        where T : class =>
        new LeaderRequest<T>(this, send, judge, deadline, options.RequestTimeout / 3).Run();

    /// <summary>Completes when the task does or the time is over, and says whether the task has completed.</summary>
    public Task<bool> WaitFor(Task task, TimeSpan timeout) => task.CompletesWithin(timeout, time);

    /// <summary>The error for a request that nobody has taken.</summary>
    public DoozerException NotTaken() =>
        replica.Stopping.IsCompleted ? new NodeUnavailableException(options.Node, "it stops") : NoQuorum();

    /// <summary>The error for a request that no quorum answered.</summary>
    public NoQuorumException NoQuorum() => new(replica.Namespace, replica.Quorums.ToString(), [.. replica.Missing]);

    /// <summary>Calls a leader's replica. The task does not fail.</summary>
    public async Task<(T? Answer, Exception? Failure)> Call<T>(Func<IReplicaGrain, Task<T>> send, string leader)
        where T : class
    {
        try
        {
            return (await send(grainOf(leader)), null);
        }
        catch (Exception exception)
        {
            LogRequestFailed(exception, replica.Namespace, leader);
            return (null, exception);
        }
    }

    [LoggerMessage(10, LogLevel.Debug, "A request of {Namespace} failed on its way to {Leader}")]
    private partial void LogRequestFailed(Exception exception, string @namespace, string leader);
}
