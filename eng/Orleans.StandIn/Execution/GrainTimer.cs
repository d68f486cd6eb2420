using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Execution;

/// <summary>
/// A timer whose ticks are turns of its grain. The next tick is set when the callback has ended, so ticks of one timer never overlap; a tick
/// that may not interleave waits, as a request does, for those that run.
/// </summary>
internal sealed partial class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private TimeSpan _period;
    private bool _changed;

    public GrainTimer(
        Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options, ILogger logger)
    {
        _activation = activation;
        _callback = callback;
        _options = options;
        _logger = logger;
        _period = options.Period;
        _timer = activation.Time.CreateTimer(static timer => ((GrainTimer)timer!).Due(), this, options.DueTime, Timeout.InfiniteTimeSpan);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        _changed = true;
        _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        if (!_disposed.IsCancellationRequested)
        {
            _disposed.Cancel();
            _timer.Dispose();
            _activation.ForgetTimer(this);
        }
    }

    private void Due()
    {
        if (_options.KeepAlive)
        {
            _activation.MarkUsed();
        }

        _activation.Post(new Tick(this));
    }

    private async Task RunAsync(Tick tick)
    {
        try
        {
            if (!_disposed.IsCancellationRequested)
            {
                _changed = false;
                await _callback(_disposed.Token);
            }
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException || !_disposed.IsCancellationRequested)
            {
                LogTickFailed(e, _activation.GrainId);
            }
        }

        SetNext();
        _activation.OnTurnEnded(tick);
    }

    private void SetNext()
    {
        if (!_disposed.IsCancellationRequested && !_changed && _period > TimeSpan.Zero)
        {
            _timer.Change(_period, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Tick(GrainTimer timer) : Turn
    {
        public override bool Interleaves => timer._options.Interleave;

        public override bool IsReadOnly => false;

        public override void Run(object target) => _ = timer.RunAsync(this);

        // A busy grain misses a tick and gets the next.
        public override void Reject(Exception exception) => timer.SetNext();

        public override void Redispatch(SiloEngine silo)
        {
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A timer's callback of {Grain} failed; the timer goes on.")]
    private partial void LogTickFailed(Exception exception, GrainId grain);
}
