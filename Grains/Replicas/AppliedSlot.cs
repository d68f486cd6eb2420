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

    /// <summary>Completes when the slot is applied or the time is over, and says whether it is applied.</summary>
    /// <exception cref="DoozerException">It never will be: the reason that <see cref="End"/> was given.</exception>
    public async Task<bool> Reaches(long slot, TimeSpan timeout, TimeProvider time)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            Task advanced;
            lock (_lock)
            {
                if (_slot >= slot)
                    return true;
                if (_end is not null)
                    throw _end;
                _advanced ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                advanced = _advanced.Task;
            }

            if (!await advanced.CompletesWithin(timeout - time.GetElapsedTime(start), time))
                return false;
            await advanced;
        }
    }
}
