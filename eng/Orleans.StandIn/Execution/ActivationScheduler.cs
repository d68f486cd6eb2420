using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Execution;

/// <summary>
/// Runs an activation's work one piece at a time on the thread pool: calls that arrive, and the continuations of what its code awaits.
/// The loop itself is a task of this scheduler, so that <see cref="TaskScheduler.Current"/> is this one in all that it runs.
/// </summary>
internal sealed partial class ActivationScheduler : TaskScheduler, IThreadPoolWorkItem, IWorkItemScheduler
{
    // After so many pieces other activations get the thread.
    private const int MostPiecesPerTurn = 256;

    [ThreadStatic]
    private static Activation? _current;

    private readonly ConcurrentQueue<object> _queue = new();
    private readonly Activation _activation;
    private readonly ILogger _logger;
    private readonly object _pumpMark = new();
    private readonly Action<object?> _runPieces;
    private Task? _pump;
    private volatile bool _abandoned;
    private int _queued;

    public ActivationScheduler(Activation activation, ILogger logger)
    {
        _activation = activation;
        _logger = logger;
        _runPieces = _ => RunPieces();
    }

    public static Activation? CurrentActivation => _current;

    public int Queued => Volatile.Read(ref _queued);

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Nothing is run any more, as if the process had ended here.</summary>
    public void Abandon() => _abandoned = true;

    public void Post(Turn turn) => Enqueue(turn);

    public void QueueAction(Action action) => Enqueue(action);

    void IWorkItemScheduler.QueueTask(Task task) => task.Start(this);

    void IThreadPoolWorkItem.Execute() => TryExecuteTask(_pump!);

    protected override void QueueTask(Task task)
    {
        if (ReferenceEquals(task.AsyncState, _pumpMark))
        {
            _pump = task;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
        }
        else
        {
            Enqueue(task);
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
        => !taskWasPreviouslyQueued && ReferenceEquals(_current, _activation) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _queue.OfType<Task>();

    private void Enqueue(object piece)
    {
        _queue.Enqueue(piece);
        if (Interlocked.Increment(ref _queued) == 1)
        {
            Schedule();
        }
    }

    private void Schedule()
    {
        // The loop must not inherit the context of whoever sent the first piece.
        if (ExecutionContext.IsFlowSuppressed())
        {
            new Task(_runPieces, _pumpMark).Start(this);
            return;
        }

        using (ExecutionContext.SuppressFlow())
        {
            new Task(_runPieces, _pumpMark).Start(this);
        }
    }

    private void RunPieces()
    {
        var outer = _current;
        _current = _activation;
        var done = 0;
        while (done < MostPiecesPerTurn && _queue.TryDequeue(out var piece))
        {
            done++;
            if (!_abandoned)
            {
                Run(piece);
            }
        }

        _current = outer;
        if (Interlocked.Add(ref _queued, -done) > 0)
        {
            Schedule();
        }
    }

    private void Run(object piece)
    {
        try
        {
            switch (piece)
            {
                case Task task:
                    TryExecuteTask(task);
                    break;
                case Turn turn:
                    _activation.Receive(turn);
                    break;
                case Action action:
                    action();
                    break;
            }
        }
        catch (Exception e)
        {
            LogPieceFailed(e, _activation.GrainId);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Work queued on {Grain} failed.")]
    private partial void LogPieceFailed(Exception exception, GrainId grain);
}
