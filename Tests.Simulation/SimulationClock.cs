namespace Doozer.Simulation;

/// <summary>
/// Virtual microseconds. Events of one instant happen in the order they were scheduled, so a run replays exactly.
/// </summary>
internal sealed class SimulationClock
{
    public const long Millisecond = 1000;

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;
    private Exception? _failure;

    public SimulationClock() => Time = new VirtualTime(this, Schedule);

    /// <summary>The same time, for code that asks a provider.</summary>
    public TimeProvider Time { get; }

    public long Now { get; private set; }

    /// <summary>Events that have happened.</summary>
    public long Steps { get; private set; }

    public void Schedule(long microseconds, Action action) => _events.Enqueue(action, (Now + microseconds, _order++));

    /// <summary>
    /// Ends the run after the event under way, whoever catches what was thrown in it. The first failure counts.
    /// </summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Runs everything up to and including the instant.</summary>
    /// <exception cref="SimulationFailureException">A rule was broken.</exception>
    public void RunUntil(long instant)
    {
        while (_events.TryPeek(out Action? action, out (long At, long Order) due) && due.At <= instant)
        {
            _events.Dequeue();
            Now = due.At;
            Steps++;
            action();
            if (_failure is not null)
                throw new SimulationFailureException(_failure.Message, _failure);
        }

        Now = instant;
    }
}
