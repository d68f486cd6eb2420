namespace Doozer.Grains;

/// <summary>How far a log is applied: one thread advances it, any thread reads it or waits for a slot.</summary>
internal sealed class AppliedSlot
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private long _slot;

    public long Slot => Volatile.Read(ref _slot);

    public void Advance(long slot)
    {
        lock (_lock)
        {
            Volatile.Write(ref _slot, slot);
            while (_waiting.TryPeek(out TaskCompletionSource? waiter, out long wanted) && wanted <= slot)
            {
                _waiting.Dequeue();
                waiter.TrySetResult();
            }
        }
    }

    /// <summary>Completes when the slot is applied. Callers limit how many wait, and for how long.</summary>
    public Task WaitFor(long slot)
    {
        if (Slot >= slot)
            return Task.CompletedTask;
        lock (_lock)
        {
            if (_slot >= slot)
                return Task.CompletedTask;
            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, slot);
            return waiter.Task;
        }
    }
}
