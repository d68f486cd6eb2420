using Doozer.Grains;

namespace Doozer.Namespaces;

/// <summary>
/// Gathers signs of life of sessions while earlier ones are on their way, and sends what has gathered to the leader as one call.
/// </summary>
internal sealed class KeepAliveQueue(LeaderRoute route, DoozerOptions options)
{
    private readonly Admission _admission = new("waiting keep-alives", options.MaxWaitingRequests);
    private readonly Queue<Round> _gathered = new();
    private Round? _filling;
    private bool _asking;

    /// <summary>Completes when a quorum has confirmed the leader that lets the sessions live on.</summary>
    /// <returns>Those of them that are over.</returns>
    /// <exception cref="NoQuorumException">The leader or its quorum did not confirm in time.</exception>
    /// <exception cref="NodeUnavailableException">The local replica is broken.</exception>
    /// <exception cref="OverloadedException">Too many calls are waiting.</exception>
    public async Task<long[]> Add(long[] sessions)
    {
        using Admission.Entry entry = _admission.Enter();
        if (_filling is null || _filling.Sessions.Count + sessions.Length > Limits.KeepAliveSessions)
        {
            _filling = new Round(route.DeadlineFromNow());
            _gathered.Enqueue(_filling);
        }

        _filling.Sessions.AddRange(sessions);
        Task<long[]> answered = _filling.Completion.Task;
        if (!_asking)
            _ = AskGathered();
        long[] over = await answered;
        return over.Length == 0 ? over : [.. over.Intersect(sessions)];
    }

    private async Task AskGathered()
    {
        _asking = true;
        Tracing.Forget();

        // Lets the calls that have already arrived at the grain join.
        await Task.Yield();
        while (_gathered.TryDequeue(out Round? round))
        {
            if (ReferenceEquals(round, _filling))
                _filling = null;
            try
            {
                long[] sessions = [.. round.Sessions];
                (RequestFate fate, KeepAliveResult? answer) = await route.AskRepeatedly(
                    replica => replica.KeepAlive(sessions),
                    static result => result.Confirmed ? RequestFate.Answered : RequestFate.NotTaken,
                    round.Deadline);
                if (fate == RequestFate.Answered)
                    round.Completion.SetResult(answer!.Over);
                else
                    round.Completion.SetException(route.NotTaken());
            }
            catch (Exception exception)
            {
                round.Completion.SetException(exception);
            }
        }

        _asking = false;
    }

    private sealed class Round(long deadline)
    {
        public long Deadline => deadline;

        public List<long> Sessions { get; } = [];

        public TaskCompletionSource<long[]> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
