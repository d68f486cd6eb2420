using Doozer.Replicas;

namespace Doozer.Namespaces;

/// <summary>
/// One request on its way to whoever leads. It is sent again only when the leader, or its ballot, is another, when a call failed,
/// or after a time that is given for requests which cost little: one that is only slow must not be made slower. Every call is
/// kept, and whichever answers counts.
/// </summary>
/// <param name="route">Where leaders are found.</param>
/// <param name="send">Calls the leader's replica.</param>
/// <param name="judge">Says what an answer means: taken, to be asked elsewhere, and so on.</param>
/// <param name="deadline">Timestamp after which to give up.</param>
/// <param name="patience">How long until the same leader is asked again.</param>
internal sealed class LeaderRequest<T>(
    LeaderRoute route, Func<IReplicaGrain, Task<T>> send, Func<T, RequestFate> judge, long deadline, TimeSpan patience)
    where T : class
{
    /// <summary>Most calls that may be unanswered at once.</summary>
    private const int MaxOpen = 8;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private readonly List<Task<(T? Answer, Exception? Failure)>> _open = [];
    private RequestFate _fate = RequestFate.NotTaken;
    private Leadership? _asked;

    /// <summary>Timestamp from which on the same leader may be asked again; null for never.</summary>
    private long? _next = route.From(TimeSpan.Zero);

    public async Task<(RequestFate Fate, T? Answer)> Run()
    {
        ReplicaDriver replica = route.Replica;
        while (route.Left(deadline) is var left && left > TimeSpan.Zero)
        {
            if (FindAnswer() is { } answer)
                return (RequestFate.Answered, answer);
            if (_open.Count == 0 && replica.Broken is { } broken)
                return _fate == RequestFate.Unknown ? (_fate, null) : throw broken;
            Leadership leadership = replica.Leadership.Value;
            if (MayAsk(leadership))
            {
                _open.Add(route.Call(send, leadership.Leader!));
                _asked = leadership;
                _next = patience == Timeout.InfiniteTimeSpan ? null : route.From(patience);
                continue;
            }

            bool isTimed = leadership.Leader is not null && _open.Count < MaxOpen && _next is not null;
            TimeSpan pause = isTimed ? route.Left(_next!.Value) : left;
            Task[] stop = replica.Stopping.IsCompleted ? [] : [replica.Stopping];
            await Waiting.AnyCompletesWithin(
                pause < left ? pause : left, route.Time, [replica.Leadership.Next(leadership), .. _open, .. stop]);
        }

        return (_open.Count > 0 ? RequestFate.Unknown : _fate, null);
    }

    private bool MayAsk(Leadership leadership) =>
        leadership.Leader is not null
        && _open.Count < MaxOpen
        && ((_asked is not null && leadership.Ballot > _asked.Ballot)
            || (_next is { } next && route.Left(next) <= TimeSpan.Zero));

    /// <summary>Takes note of the calls that have ended; finds the answer, if there is one.</summary>
    private T? FindAnswer()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (!_open[i].IsCompleted)
                continue;
            (T? answer, Exception? failure) = _open[i].Result;
            bool wasNewest = i == _open.Count - 1;
            _open.RemoveAt(i);

            // A node that is not available, or has ended the namespace, says so before it takes anything.
            RequestFate fate = answer is not null
                ? judge(answer)
                : failure is NodeUnavailableException or NoNamespaceException ? RequestFate.NotTaken : RequestFate.Unknown;
            if (fate == RequestFate.Answered)
                return answer;

            // What may be done stays so, whatever the next leader says.
            if (fate == RequestFate.Unknown || _fate == RequestFate.NotTaken)
                _fate = fate;
            if (wasNewest)
                _next = route.From(RetryDelay);
        }

        return null;
    }
}
