namespace Doozer.Replicas;

/// <summary>Which activation of <see cref="ReplicaGrain"/> drives this replica, and how often it ticks.</summary>
internal sealed partial class ReplicaDriver
{
    /// <summary>Whether a tick every few seconds is enough.</summary>
    public bool IsQuiet => _core.IsQuiet && !_isDeleted;

    /// <summary>Makes an activation the one that drives this replica; waits until an earlier one has detached.</summary>
    /// <param name="send">Sends an envelope to a node; must neither block nor throw.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <param name="paceChanged">Is called when <see cref="IsQuiet"/> changes.</param>
    /// <exception cref="NoNamespaceException">The namespace is deleted.</exception>
    public async Task Attach(Action<string, byte[]> send, CancellationToken cancellation, Action? paceChanged = null)
    {
        var activation = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (Interlocked.CompareExchange(ref _activation, activation, null) is { } earlier)
        {
            await earlier.Task.WaitAsync(cancellation);
            if (IsDeleted)
                throw new NoNamespaceException(Namespace);
        }

        _attachments++;
        _pumpScheduled = false;
        _scheduler = TaskScheduler.Current;
        _send = send;
        _paceChanged = paceChanged;
        // What an earlier activation wrote may have become durable since, and bytes it was to store may not have been.
        Drive(() =>
        {
            _core.Persisted(_durableThrough);
            _core.AbandonFetch();
        });
    }

    public void Detach()
    {
        _send = null;
        _paceChanged = null;
        _scheduler = null;
        Interlocked.Exchange(ref _activation, null)?.SetResult();
    }

    private void FollowPace()
    {
        if (IsQuiet == _wasQuiet)
            return;
        _wasQuiet = IsQuiet;
        _paceChanged?.Invoke();
    }
}
