namespace Doozer.Simulation;

/// <summary>
/// Runs tasks one after the other, in turns that the virtual clock gives, as a grain's scheduler does in its own: everything that
/// has been queued by then is done in one turn.
/// </summary>
/// <param name="schedule">Runs an action so many microseconds later.</param>
/// <param name="delay">Microseconds until the next turn.</param>
internal sealed class TurnScheduler(Action<long, Action> schedule, Func<long> delay) : TaskScheduler
{
    private readonly Queue<Task> _tasks = new();
    private bool _turnIsComing;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Starts work on this scheduler.</summary>
    public Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this);

    /// <summary>Starts work on this scheduler.</summary>
    public Task Run(Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Starts work on this scheduler.</summary>
    public Task<T> Run<T>(Func<Task<T>> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    protected override void QueueTask(Task task)
    {
        _tasks.Enqueue(task);
        if (_turnIsComing)
            return;
        _turnIsComing = true;
        schedule(delay(), TakeTurn);
    }

    // Whether a task could run at once depends on the thread; so none does, and every run is the same.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _tasks];

    private void TakeTurn()
    {
        _turnIsComing = false;
        for (int left = _tasks.Count; left > 0; left--)
            TryExecuteTask(_tasks.Dequeue());
    }
}

/// <summary>Work beside the turns, each piece after a time of its own: what threads of the pool do for a node.</summary>
internal sealed class BackgroundScheduler(Action<long, Action> schedule, Func<long> delay) : TaskScheduler
{
    protected override void QueueTask(Task task) => schedule(delay(), () => TryExecuteTask(task));

    // Only for who waits for a task that is queued, and would wait for ever.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}

/// <summary>Runs continuations at once, on whatever completes their task: for checks, which must see things first.</summary>
internal sealed class ImmediateScheduler : TaskScheduler
{
    public static ImmediateScheduler Instance { get; } = new();

    protected override void QueueTask(Task task) => TryExecuteTask(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
