namespace Doozer.Tests.Simulation;

/// <summary>Virtual milliseconds. Events of one instant happen in the order they were scheduled, so a run replays exactly.</summary>
internal sealed class SimulationClock
{
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private long _order;

    public long Now { get; private set; }

    public void Schedule(long delay, Action action) => _events.Enqueue(action, (Now + delay, _order++));

    /// <summary>Runs everything up to and including the instant.</summary>
    public void RunUntil(long instant)
    {
        while (_events.TryPeek(out var action, out var due) && due.At <= instant)
        {
            _events.Dequeue();
            Now = due.At;
            action();
        }

        Now = instant;
    }
}
