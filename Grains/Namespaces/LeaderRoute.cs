using Doozer.Grains;
using Doozer.Replicas;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>
/// Brings a request to whoever leads: follows the leadership as the local replica learns of it, asks again when the leader
/// changes or does not answer, until a deadline. Never waits for a silo longer than for the protocol: a call to a dead one may
/// hang for seconds.
/// </summary>
internal sealed partial class LeaderRoute(
    ReplicaDriver replica, Func<string, IReplicaGrain> grainOf, DoozerOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    // Well over what a healthy leader takes under load; asking again is harmless, as request ids make it idempotent.
    private readonly TimeSpan _attemptTimeout = options.RequestTimeout / 3;

    public ReplicaDriver Replica => replica;

    public TimeProvider Time => time;

    public TimeSpan Left(long deadline) => time.GetElapsedTime(time.GetTimestamp(), deadline);

    public long DeadlineFromNow() =>
        time.GetTimestamp() + (long)(options.RequestTimeout.TotalSeconds * time.TimestampFrequency);

    /// <summary>Sends a request to the leader until one answers.</summary>
    /// <param name="send">Calls the leader's replica.</param>
    /// <param name="judge">Says what an answer means: taken, to be asked elsewhere, and so on.</param>
    /// <param name="deadline">Timestamp after which to give up.</param>
    /// <exception cref="NodeUnavailableException">The local replica is broken and learns of no leader any more: nothing was
    /// done.</exception>
    public async Task<(RequestFate Fate, T? Answer)> Ask<T>(
        Func<IReplicaGrain, Task<T>> send, Func<T, RequestFate> judge, long deadline)
        where T : class
    {
        RequestFate fate = RequestFate.NotTaken;
        while (Left(deadline) is var left && left > TimeSpan.Zero)
        {
            if (replica.Broken is { } broken)
                return fate == RequestFate.Unknown ? (fate, null) : throw broken;
            Leadership leadership = replica.Leadership.Value;
            if (leadership.Leader is null)
            {
                await WaitFor(replica.Leadership.Next(leadership), left);
                continue;
            }

            Task<T> call = Call(send, leadership.Leader);
            T? answer = await AnswerOrNewLeader(call, leadership, left < _attemptTimeout ? left : _attemptTimeout);
            if (answer is null)
            {
                // A node that is not available says so before it takes anything.
                if (call.Exception?.InnerException is not NodeUnavailableException)
                    fate = RequestFate.Unknown;
                // The route to the leader failed at once: do not spin on it.
                if (call.IsCompleted)
                    await WaitFor(replica.Leadership.Next(leadership), RetryDelay);
                continue;
            }

            RequestFate now = judge(answer);
            if (now == RequestFate.Answered)
                return (now, answer);

            // What may be done stays so, whatever the next leader says.
            if (now == RequestFate.Unknown || fate == RequestFate.NotTaken)
                fate = now;
            await WaitFor(replica.Leadership.Next(leadership), RetryDelay);
        }

        return (fate, null);
    }

    /// <summary>Completes when the task does or the time is over, and says whether the task has completed.</summary>
    public Task<bool> WaitFor(Task task, TimeSpan timeout) => task.CompletesWithin(timeout, time);

    /// <summary>The error for a request that no quorum answered.</summary>
    public NoQuorumException NoQuorum() => new(replica.Namespace, replica.Quorums.ToString(), [.. replica.Missing]);

    private async Task<T> Call<T>(Func<IReplicaGrain, Task<T>> send, string leader)
    {
        try
        {
            return await send(grainOf(leader));
        }
        catch (Exception exception)
        {
            LogRequestFailed(exception, replica.Namespace, leader);
            throw;
        }
    }

    private async Task<T?> AnswerOrNewLeader<T>(Task<T> call, Leadership asked, TimeSpan timeout)
        where T : class
    {
        long until = time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            Leadership now = replica.Leadership.Value;
            if (now.Leader is not null && now.Ballot > asked.Ballot)
                break;
            TimeSpan left = Left(until);
            if (!await Waiting.AnyCompletesWithin(call, replica.Leadership.Next(now), left, time) || call.IsCompleted)
                break;
        }

        return call.IsCompletedSuccessfully ? call.Result : null;
    }

    [LoggerMessage(10, LogLevel.Debug, "A request of {Namespace} failed on its way to {Leader}")]
    private partial void LogRequestFailed(Exception exception, string @namespace, string leader);
}
