namespace Doozer.Simulation;

/// <summary>Virtual microseconds. Events of one instant happen in the order they were scheduled, so a run replays exactly.</summary>
internal sealed class SimulationClock
{
    public const long Millisecond = 1000;

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;

    public SimulationClock() => Time = new VirtualTime(this);

    /// <summary>The same time, for code that asks a provider.</summary>
    public TimeProvider Time { get; }

    public long Now { get; private set; }

    /// <summary>Events that have happened.</summary>
    public long Steps { get; private set; }

    public void Schedule(long microseconds, Action action) => _events.Enqueue(action, (Now + microseconds, _order++));

    /// <summary>Runs everything up to and including the instant.</summary>
    public void RunUntil(long instant)
    {
        while (_events.TryPeek(out Action? action, out (long At, long Order) due) && due.At <= instant)
        {
            _events.Dequeue();
            Now = due.At;
            Steps++;
            action();
        }

        Now = instant;
    }

    private sealed class VirtualTime(SimulationClock clock) : TimeProvider
    {
        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => clock.Now;
    }
}
