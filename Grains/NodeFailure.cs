using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Doozer.Grains;

/// <summary>
/// Stops the node when it must not go on: its log failed, or its peers refuse it. Whoever reports it has made sure that nothing
/// more is acknowledged, so an orderly stop is safe.
/// </summary>
internal sealed class NodeFailure(ILogger<NodeFailure> logger, IHostApplicationLifetime? lifetime = null)
{
    private int _failed;

    /// <summary>Logs the reason, sets the exit status of the process and stops the host. Only the first reason counts.</summary>
    public void Stop(string reason)
    {
        if (Interlocked.Exchange(ref _failed, 1) != 0)
            return;
        Log.NodeStops(logger, reason);
        Environment.ExitCode = 2;
        lifetime?.StopApplication();
    }
}
