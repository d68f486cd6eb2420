using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Doozer.Grains;

/// <summary>
/// Stops the node when it must not go on: its disk failed, or its peers refuse it. The caller has made sure that nothing more is
/// acknowledged, so an orderly stop is safe.
/// </summary>
internal partial class NodeFailure(ILogger<NodeFailure> logger, IHostApplicationLifetime? lifetime = null)
    : INodeFailure
{
    private string? _reason;

    /// <summary>Why this node must not go on; null while it may.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <summary>Logs the reason, sets the exit status of the process and stops the host. Only the first reason counts.</summary>
    public virtual void Stop(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
            return;
        LogNodeStops(reason);
        Environment.ExitCode = 2;
        lifetime?.StopApplication();
    }

    [LoggerMessage(1, LogLevel.Critical, "This node stops: {Reason}")]
    private partial void LogNodeStops(string reason);
}
