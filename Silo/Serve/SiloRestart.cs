using Orleans.Runtime;

namespace Doozer.Silo.Serve;

/// <summary>
/// What a node does when its silo must not go on, above all because the others have declared it dead while it was cut off: it
/// begins anew, as after a crash, which everything here survives. Orleans would only end the process.
/// </summary>
/// <remarks>A node that never got as far as serving is not restarted, so whoever restarts has been accepted in between.</remarks>
internal sealed partial class SiloRestart(ILogger<SiloRestart> logger, IHostApplicationLifetime lifetime, TimeProvider time) : IFatalErrorHandler
{
    // For the log to be written and for whatever is wrong to pass; nothing is at stake, the silo is out already.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _told;

    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _told, 1) != 0 || lifetime.ApplicationStopping.IsCancellationRequested)
            return;
        bool served = lifetime.ApplicationStarted.IsCancellationRequested;
        Fatal(exception, context ?? "no reason given", served ? "the node starts anew" : "the node stops");
        _ = End(served);
    }

    private async Task End(bool restart)
    {
        await Task.Delay(Pause, time);
        if (restart)
            OwnProcess.StartAnew();
        Environment.Exit(Commands.ExitCode.Failure);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The silo cannot go on ({Context}): {Consequence}")]
    private partial void Fatal(Exception? exception, string context, string consequence);
}
