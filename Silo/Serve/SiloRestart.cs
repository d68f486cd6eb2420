namespace Doozer.Silo.Serve;

/// <summary>
/// What a node does when its silo must not go on, above all because the others have declared it dead while it was cut off: it
/// begins anew, as after a crash, which everything here survives. Orleans would only end the process.
/// </summary>
/// <remarks>
/// A node that never came into the table of members is not restarted, so a node that restarts has been accepted in between. One
/// that had may not have served yet: it was cut off, or too slow, while it joined.
/// </remarks>
internal sealed partial class SiloRestart(ILogger<SiloRestart> logger, IHostApplicationLifetime lifetime, TimeProvider time)
    : IFatalErrorHandler, ILifecycleParticipant<ISiloLifecycle>
{
    // For the log to be written and for whatever is wrong to pass; nothing is at stake, the silo is out already.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _told;
    private volatile bool _isMember;
    private volatile bool _isUnderWay;

    /// <summary>
    /// Whether the node is about to begin anew, unless it is told to stop before. Nothing else may end the process then.
    /// </summary>
    public bool IsUnderWay => _isUnderWay;

    /// <summary>Ends the process, with a new one in its place when told to restart.</summary>
    internal Action<bool> Leave { get; init; } = static restart =>
    {
        if (restart)
            OwnProcess.StartAnew();
        Environment.Exit(Commands.ExitCode.Failure);
    };

    // It has written itself into the table by then, and from then on the others may declare it dead.
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(SiloRestart), ServiceLifecycleStage.AfterRuntimeGrainServices + 1, BecomeMember, _ => Task.CompletedTask);

    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _told, 1) != 0 || lifetime.ApplicationStopping.IsCancellationRequested)
            return;
        _isUnderWay = _isMember;
        LogFatal(exception, context ?? "no reason given", _isUnderWay ? "the node starts anew" : "the node stops");
        _ = End(_isUnderWay);
    }

    private Task BecomeMember(CancellationToken cancellation)
    {
        _isMember = true;
        return Task.CompletedTask;
    }

    private async Task End(bool restart)
    {
        try
        {
            await Task.Delay(Pause, time, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // Told to stop meanwhile, the node stops in order. A new run would know nothing of it.
            return;
        }

        Leave(restart);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The silo cannot go on ({Context}): {Consequence}")]
    private partial void LogFatal(Exception? exception, string context, string consequence);
}
