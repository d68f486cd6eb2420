using Microsoft.Extensions.Logging;

namespace Doozer.Clustering;

/// <summary>What quorum clustering writes to the log, for operators.</summary>
internal static partial class ClusteringLog
{
    [LoggerMessage(202, LogLevel.Information, "{Node} keeps the membership of cluster {Cluster} with any {Quorum}")]
    public static partial void Opened(ILogger logger, string node, string cluster, string quorum);

    [LoggerMessage(203, LogLevel.Warning, "One of the two copies in the clustering file of {Node} was damaged or not written to its end; it was made anew from the other")]
    public static partial void Repaired(ILogger logger, string node);

    [LoggerMessage(204, LogLevel.Information, "{Node} listens for its clustering peers on {Address}")]
    public static partial void Listens(ILogger logger, string node, string address);

    [LoggerMessage(205, LogLevel.Error, "{Node} refused {Caller}: {Reason}")]
    public static partial void Refused(ILogger logger, string node, string caller, string reason);

    [LoggerMessage(206, LogLevel.Error, "{Node} was refused by {Peer} at {Address}: {Reason}")]
    public static partial void RefusedBy(ILogger logger, string node, string peer, string address, string reason);

    [LoggerMessage(207, LogLevel.Warning, "{Node} cannot reach {Peer} at {Address}: {Reason}")]
    public static partial void Unreachable(ILogger logger, string node, string peer, string address, string reason);

    [LoggerMessage(208, LogLevel.Information, "{Node} reaches {Peer} at {Address}")]
    public static partial void Reached(ILogger logger, string node, string peer, string address);

    [LoggerMessage(209, LogLevel.Information, "{Node} waits for a quorum of its clustering peers: {Reason}")]
    public static partial void Waits(ILogger logger, string node, string reason);

    [LoggerMessage(210, LogLevel.Warning, "{Node} joins and reaches none of the silos that are listed as active: {Silos}. They are declared dead when a quorum of the peers finds so")]
    public static partial void Unreached(ILogger logger, string node, string silos);

    [LoggerMessage(211, LogLevel.Information, "{Node} cannot find out whether the active silos are there: {Reason}")]
    public static partial void CannotWatch(ILogger logger, string node, string reason);
}
