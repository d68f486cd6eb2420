using Doozer.Grains;

namespace Doozer.Namespaces;

/// <summary>
/// Makes reads linearizable: a read passes once the leader has confirmed with a quorum, after the read arrived, that it still
/// leads, and the local replica has applied everything that was chosen by then (read index). Reads that arrive meanwhile share
/// the next confirmation.
/// </summary>
internal sealed class ReadBarrier(LeaderRoute route, DoozerOptions options)
{
    private Round? _next;
    private bool _confirming;
    private int _waiting;

    /// <summary>Completes when a read that began before the call may be answered from the local replica.</summary>
    /// <exception cref="NoQuorumException">The leader or its quorum did not confirm in time.</exception>
    /// <exception cref="NodeUnavailableException">The local replica is broken, or the node stops.</exception>
    /// <exception cref="OverloadedException">Too many reads are waiting.</exception>
    public Task Pass()
    {
        if (_waiting >= options.MaxWaitingRequests)
            throw new OverloadedException("waiting reads", options.MaxWaitingRequests);
        _waiting++;
        _next ??= new Round(route.DeadlineFromNow());
        _next.Reads++;
        Task passed = _next.Completion.Task;
        if (!_confirming)
            _ = Confirm();
        return passed;
    }

    // One at a time, for as many reads as possible: under load the work per confirmation, not the wait for it, is the limit.
    private async Task Confirm()
    {
        _confirming = true;
        Tracing.Forget();

        // Lets the reads that have already arrived at the grain join.
        await Task.Yield();
        while (_next is { } round)
        {
            _next = null;
            try
            {
                if (await IsConfirmed(round.Deadline))
                    round.Completion.SetResult();
                else
                    round.Completion.SetException(route.NotTaken());
            }
            catch (Exception exception)
            {
                round.Completion.SetException(exception);
            }

            _waiting -= round.Reads;
        }

        _confirming = false;
    }

    private async Task<bool> IsConfirmed(long deadline)
    {
        (RequestFate fate, ReadIndexResult? index) = await route.AskRepeatedly(
            leader => leader.ReadIndex(route.Replica.Word()),
            static result => result.Confirmed ? RequestFate.Answered : RequestFate.NotTaken,
            deadline);
        return fate == RequestFate.Answered
            && await route.Replica.Applied.Reaches(index!.Slot, route.Left(deadline), route.Time);
    }

    private sealed class Round(long deadline)
    {
        public long Deadline => deadline;

        public int Reads { get; set; }

        public TaskCompletionSource Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
