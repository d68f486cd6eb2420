namespace Doozer.Simulation;

/// <summary>The simulation's clock for code that asks a provider, with timers that fire when the clock says so.</summary>
/// <param name="clock">The clock.</param>
/// <param name="schedule">Runs an action so many microseconds later.</param>
/// <param name="rate">How fast it goes, in thousandths.</param>
internal sealed class VirtualTime(SimulationClock clock, Action<long, Action> schedule, int rate = 1000) : TimeProvider
{
    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => clock.Now * rate / 1000;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer((delay, fire) => schedule(((delay * 1000) + rate - 1) / rate, fire), () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(Action<long, Action> schedule, Action fire) : ITimer
    {
        private int _setting;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Set(dueTime);
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Set(TimeSpan dueTime)
        {
            int setting = ++_setting;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            schedule((long)Math.Ceiling(dueTime.TotalMicroseconds), () =>
            {
                if (setting != _setting)
                    return;
                if (_period > TimeSpan.Zero)
                    Set(_period);
                fire();
            });
        }
    }
}
