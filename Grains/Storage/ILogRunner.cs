namespace Doozer.Storage;

/// <summary>What a step of the log did.</summary>
internal enum LogStep
{
    /// <summary>There is nothing to do until the runner is woken.</summary>
    Idle = 0,

    /// <summary>Records were written to the system's cache; the next step flushes them.</summary>
    Wrote = 1,

    /// <summary>What was written is durable.</summary>
    Flushed = 2,

    /// <summary>The log is closed, or has failed: no step may follow.</summary>
    Ended = 3,
}

/// <summary>
/// Takes the log's steps, one after the other: on a thread of its own in a node, by the virtual clock in a simulation.
/// </summary>
internal interface ILogRunner
{
    /// <summary>Begins to take steps whenever it is woken, until one says that the log has ended.</summary>
    void Start(Func<LogStep> step);

    /// <summary>There is something to do. Any thread; never waits for a step.</summary>
    void Wake();
}

/// <summary>A thread for one log, since its flushes block. It sleeps while there is nothing to do.</summary>
internal sealed class LogThread : ILogRunner, IDisposable
{
    // Not a SemaphoreSlim: it would spin before it sleeps, on the cores that the rest needs.
    private readonly AutoResetEvent _woken = new(initialState: false);

    public void Start(Func<LogStep> step) => new Thread(() => Run(step)) { IsBackground = true, Name = "doozer log" }.Start();

    public void Wake() => _woken.Set();

    public void Dispose() => _woken.Dispose();

    private void Run(Func<LogStep> step)
    {
        LogStep last = LogStep.Idle;
        while (last != LogStep.Ended)
        {
            if (last == LogStep.Idle)
                _woken.WaitOne();
            last = step();
        }

        Dispose();
    }
}
