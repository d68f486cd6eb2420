using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Doozer.Clustering;

/// <summary>
/// Stops the silo when its peers will never accept it, or its disk has failed. From then on it takes part in nothing.
/// </summary>
internal sealed class ClusteringFailure(ILogger<ClusteringFailure> logger, IHostApplicationLifetime? lifetime = null)
{
    private string? _reason;

    /// <summary>Why this node must not go on; null while it may.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <summary>Logs the reason, sets the exit status of the process and stops the host. Only the first reason counts.</summary>
    public void Stop(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null) return;
        ClusteringLog.Stops(logger, reason);
        Environment.ExitCode = 2;
        lifetime?.StopApplication();
    }

    /// <exception cref="ClusteringException">This node must not go on.</exception>
    public void ThrowIfFailed()
    {
        if (Reason is { } reason) throw new ClusteringException(reason);
    }
}
