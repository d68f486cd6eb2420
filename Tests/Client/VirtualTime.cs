namespace Doozer.Tests.Client;

/// <summary>Time that stands still until the test fires a timer.</summary>
internal sealed class VirtualTime : TimeProvider
{
    // A test that waits for ever would take all others with it.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly List<Timer> _armed = [];
    private long _now;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Now => TimeSpan.FromTicks(GetTimestamp());

    public override long GetTimestamp()
    {
        lock (_lock)
            return _now;
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until a timer is armed that is due within a span, moves time there, and fires it.</summary>
    public Task FireAsync(TimeSpan within) => FireNextAsync(within, TestContext.Current.CancellationToken);

    /// <summary>Fires every timer that is due within a span from now, until the task is complete.</summary>
    public async Task<T> FireUntilAsync<T>(Task<T> task, TimeSpan within)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        TimeSpan end = Now + within;
        while (!task.IsCompleted)
            await await Task.WhenAny(task, FireNextAsync(end - Now, enough.Token));
        await enough.CancelAsync();
        return await task;
    }

    /// <summary>Fires all timers of a span, each in its time, and ends there. What they start must not wait.</summary>
    public void RunFor(TimeSpan span)
    {
        TimeSpan end = Now + span;
        while (TryFire(end - Now))
        {
            // The next one.
        }

        Pass(end - Now);
    }

    /// <summary>Moves time to the next timer within a span, and fires it.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryFire(TimeSpan within)
    {
        Timer? next;
        lock (_lock)
            next = TakeNext(within);
        next?.Callback();
        return next is not null;
    }

    /// <summary>Moves time on without firing anything.</summary>
    public void Pass(TimeSpan span)
    {
        lock (_lock)
            _now += span.Ticks;
    }

    private async Task FireNextAsync(TimeSpan within, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            Timer? next;
            lock (_lock)
            {
                next = TakeNext(within);
                changed = _changed.Task;
            }

            if (next is not null)
            {
                next.Callback();
                return;
            }

            await changed.WaitAsync(Patience, cancellation);
        }
    }

    private Timer? TakeNext(TimeSpan within)
    {
        Timer? next = _armed.Where(timer => timer.Due - _now <= within.Ticks).MinBy(timer => timer.Due);
        if (next is not null)
        {
            _armed.Remove(next);
            _now = Math.Max(_now, next.Due);
        }

        return next;
    }

    private void Arm(Timer timer, TimeSpan dueTime)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _armed.Remove(timer);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                timer.Due = _now + dueTime.Ticks;
                _armed.Add(timer);
            }

            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private sealed class Timer(VirtualTime time, Action callback) : ITimer
    {
        public long Due { get; set; }

        public Action Callback { get; } = callback;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Arm(this, dueTime);
            return true;
        }

        public void Dispose() => time.Arm(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
