namespace Doozer.Grains;

/// <summary>How far a log is applied: one thread advances it, any thread reads it or waits for it to move.</summary>
internal sealed class AppliedSlot
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _advanced;
    private long _slot;

    public long Slot => Volatile.Read(ref _slot);

    public void Advance(long slot)
    {
        TaskCompletionSource? advanced;
        lock (_lock)
        {
            Volatile.Write(ref _slot, slot);
            advanced = _advanced;
            _advanced = null;
        }

        advanced?.SetResult();
    }

    /// <summary>Completes once a slot beyond the one seen is applied.</summary>
    public Task Next(long seen)
    {
        lock (_lock)
        {
            if (_slot > seen)
                return Task.CompletedTask;
            _advanced ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _advanced.Task;
        }
    }
}
