namespace Doozer.Replicas;

/// <summary>A value that one thread publishes and any thread reads or awaits the change of.</summary>
internal sealed class Latest<T>(T initial)
    where T : class
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = NewSignal();
    private volatile T _value = initial;

    public T Value => _value;

    public void Publish(T value)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _value = value;
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>Completes once the value is another than the one seen.</summary>
    public Task Next(T seen)
    {
        lock (_lock)
            return ReferenceEquals(_value, seen) ? _changed.Task : Task.CompletedTask;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
