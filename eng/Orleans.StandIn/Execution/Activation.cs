using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Execution;

/// <summary>
/// A grain in memory. All its code runs as turns on one scheduler; a request starts only when those that run allow it to interleave, and
/// otherwise waits in order of arrival. Fields below are touched only in turns, unless they say otherwise.
/// </summary>
internal sealed partial class Activation : IGrainContext, ICallTarget
{
    private enum State
    {
        Activating,
        Active,
        Deactivating,
        Gone,
    }

    private readonly GrainClass _class;
    private readonly SiloEngine _silo;
    private readonly ActivationScheduler _scheduler;
    private readonly Queue<Turn> _waiting = new();
    private readonly HashSet<GrainTimer> _timers = [];
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger;
    private State _state;
    private int _running;
    private int _runningReadOnly;
    private DeactivationReason? _deactivation;
    private readonly AsyncServiceScope _scope;

    // Read by the idle collector and the choice among stateless workers too.
    private long _lastUsed;
    private volatile int _load;

    public Activation(GrainId grainId, GrainClass grainClass, SiloEngine silo)
    {
        GrainId = grainId;
        _class = grainClass;
        _silo = silo;
        _logger = silo.GrainLogger;
        _scheduler = new ActivationScheduler(this, _logger);
        _scope = silo.Services.CreateAsyncScope();
        _lastUsed = silo.Time.GetTimestamp();
        GrainReference = silo.CreateReference(grainClass.MainInterface, grainId, null);
        _scheduler.QueueAction(() => _ = ActivateAsync());
    }

    public static Activation? Current => ActivationScheduler.CurrentActivation;

    public GrainId GrainId { get; }

    public GrainReference GrainReference { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public IWorkItemScheduler Scheduler => _scheduler;

    public Task Deactivated => _deactivated.Task;

    /// <summary>Requests that run or wait.</summary>
    public int Load => _scheduler.Queued + _load;

    public TimeProvider Time => _silo.Time;

    public bool IsIdleFor(TimeSpan age)
        => !_class.KeepsAlive && Load == 0 && _silo.Time.GetElapsedTime(Volatile.Read(ref _lastUsed)) > age;

    public void Post(Turn turn)
    {
        if (Load >= _silo.MostWaitingRequests)
        {
            turn.Reject(new LimitExceededException($"More than {_silo.MostWaitingRequests} requests are waiting for {GrainId}."));
            return;
        }

        _scheduler.Post(turn);
    }

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
        => _scheduler.QueueAction(() => BeginDeactivation(deactivationReason));

    /// <summary>The silo dies: nothing more is run or answered.</summary>
    public void Abandon()
    {
        _scheduler.Abandon();
        _deactivated.TrySetResult();
    }

    public GrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (_state is State.Deactivating or State.Gone)
        {
            throw new InvalidOperationException($"The grain {GrainId} is being deactivated.");
        }

        var timer = new GrainTimer(this, callback, options, _logger);
        _timers.Add(timer);
        return timer;
    }

    public void ForgetTimer(GrainTimer timer) => _scheduler.QueueAction(() => _timers.Remove(timer));

    public void MarkUsed() => Volatile.Write(ref _lastUsed, _silo.Time.GetTimestamp());

    /// <summary>Runs in a turn: starts the request or tick, or lets it wait.</summary>
    public void Receive(Turn turn)
    {
        MarkUsed();
        switch (_state)
        {
            case State.Gone:
                turn.Redispatch(_silo);
                break;
            case State.Active when _deactivation is null && MayStart(turn):
                Start(turn);
                break;
            default:
                _waiting.Enqueue(turn);
                _load++;
                break;
        }
    }

    /// <summary>Runs in a turn, at the end of a request or tick.</summary>
    public void OnTurnEnded(Turn turn)
    {
        _running--;
        _runningReadOnly -= turn.IsReadOnly ? 1 : 0;
        _load--;
        StartWaiting();
    }

    private bool MayStart(Turn turn)
        => _running == 0 || _class.IsReentrant || turn.Interleaves
            || (turn.IsReadOnly && _running == _runningReadOnly);

    private void Start(Turn turn)
    {
        _running++;
        _runningReadOnly += turn.IsReadOnly ? 1 : 0;
        _load++;
        turn.Activation = this;
        turn.Run(GrainInstance!);
    }

    private void StartWaiting()
    {
        if (_deactivation is not null)
        {
            if (_running == 0 && _state == State.Active)
            {
                _ = DeactivateAsync(_deactivation.Value);
            }

            return;
        }

        // A call that ends at once gets here again from within Start: only the outermost loop goes on then.
        while (_state == State.Active && _waiting.TryPeek(out var next) && MayStart(next))
        {
            _waiting.Dequeue();
            _load--;
            Start(next);
        }
    }

    private async Task ActivateAsync()
    {
        try
        {
            var instance = _class.Create(ActivationServices);
            GrainInstance = instance;
            if (instance is IGrainBase grain)
            {
                using var limit = new CancellationTokenSource(_silo.Collection.ActivationTimeout, _silo.Time);
                await grain.OnActivateAsync(limit.Token).WaitAsync(limit.Token);
            }

            _state = State.Active;
            StartWaiting();
        }
        catch (Exception e)
        {
            LogActivationFailed(e, GrainId);
            await LeaveAsync(turn => turn.Reject(e));
        }
    }

    private void BeginDeactivation(DeactivationReason reason)
    {
        if (_deactivation is not null || _state is State.Deactivating or State.Gone)
        {
            return;
        }

        _deactivation = reason;
        if (_running == 0 && _state == State.Active)
        {
            _ = DeactivateAsync(reason);
        }
    }

    private async Task DeactivateAsync(DeactivationReason reason)
    {
        _state = State.Deactivating;
        try
        {
            if (GrainInstance is IGrainBase grain)
            {
                using var limit = new CancellationTokenSource(_silo.Collection.DeactivationTimeout, _silo.Time);
                await grain.OnDeactivateAsync(reason, limit.Token).WaitAsync(limit.Token);
            }
        }
        catch (Exception e)
        {
            LogDeactivationFailed(e, GrainId);
        }

        await LeaveAsync(turn => turn.Redispatch(_silo));
    }

    private async Task LeaveAsync(Action<Turn> handle)
    {
        foreach (var timer in _timers.ToArray())
        {
            timer.Dispose();
        }

        _silo.Catalog.Remove(this);
        _state = State.Gone;
        while (_waiting.TryDequeue(out var turn))
        {
            _load--;
            handle(turn);
        }

        try
        {
            switch (GrainInstance)
            {
                case IAsyncDisposable grain:
                    await grain.DisposeAsync();
                    break;
                case IDisposable grain:
                    grain.Dispose();
                    break;
            }

            await _scope.DisposeAsync();
        }
        catch (Exception e)
        {
            LogDeactivationFailed(e, GrainId);
        }

        _deactivated.TrySetResult();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Activating {Grain} failed.")]
    private partial void LogActivationFailed(Exception exception, GrainId grain);

    [LoggerMessage(Level = LogLevel.Error, Message = "Deactivating {Grain} failed.")]
    private partial void LogDeactivationFailed(Exception exception, GrainId grain);
}
