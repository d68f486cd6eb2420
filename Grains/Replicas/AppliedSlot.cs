namespace Doozer.Replicas;

/// <summary>How far a log is applied: one thread advances it, any thread reads it or waits for it to move.</summary>
internal sealed class AppliedSlot
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _advanced;
    private Exception? _end;
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

    /// <summary>Nothing more will be applied here: whoever waits gets the reason.</summary>
    public void End(Exception reason)
    {
        TaskCompletionSource? advanced;
        lock (_lock)
        {
            _end = reason;
            advanced = _advanced;
            _advanced = null;
        }

        if (advanced is null)
            return;
        advanced.SetException(reason);

        // Who gave up waiting does not look.
        _ = advanced.Task.Exception;
    }

    /// <summary>Completes once a slot beyond the one seen is applied.</summary>
    public Task Next(long seen)
    {
        lock (_lock)
        {
            if (_slot > seen)
                return Task.CompletedTask;
            if (_end is not null)
                return Task.FromException(_end);
            _advanced ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _advanced.Task;
        }
    }
}
