using Microsoft.Extensions.Logging;

namespace Doozer.Clustering;

internal sealed partial class ClusteringNode
{
    [LoggerMessage(202, LogLevel.Information, "{Node} takes part in the list of silos of cluster {Cluster}; it needs {Quorum}")]
    private partial void LogOpened(string node, string cluster, string quorum);

    [LoggerMessage(
        203,
        LogLevel.Warning,
        "One of the two copies in the clustering file of {Node} was damaged or not written to its end; " +
        "it was made anew from the other")]
    private partial void LogRepaired(string node);

    [LoggerMessage(204, LogLevel.Information, "{Node} listens for its clustering peers on {Address}")]
    private partial void LogListens(string node, Uri address);

    [LoggerMessage(209, LogLevel.Information, "{Node} waits for a quorum of its clustering peers: {Reason}")]
    private partial void LogWaits(string node, string reason);

    [LoggerMessage(212, LogLevel.Information, "{Node} has the list of nodes of epoch {Epoch}: {Nodes}")]
    private partial void LogNodes(string node, long epoch, string nodes);
}
