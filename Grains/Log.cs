using Microsoft.Extensions.Logging;

namespace Doozer.Grains;

/// <summary>What the grains write to the log, for operators.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Critical, "This node stops: {Reason}")]
    public static partial void NodeStops(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Node} leads {Namespace} with ballot {Ballot}")]
    public static partial void Leads(ILogger logger, string node, string @namespace, string ballot);

    [LoggerMessage(3, LogLevel.Information, "{Node} follows {Leader} in {Namespace}, ballot {Ballot}")]
    public static partial void Follows(ILogger logger, string node, string leader, string @namespace, string ballot);

    [LoggerMessage(4, LogLevel.Warning, "{Namespace} has lost its quorum: needs {Quorum}; not answering {Node}: {Missing}")]
    public static partial void QuorumLost(ILogger logger, string @namespace, string quorum, string node, string missing);

    [LoggerMessage(5, LogLevel.Information, "{Namespace} has its quorum: {Quorum}, as {Node} sees it")]
    public static partial void QuorumRegained(ILogger logger, string @namespace, string quorum, string node);

    [LoggerMessage(6, LogLevel.Error, "{Node} and {Peer} refuse each other in {Namespace}: {Peer} counts {Theirs}, and this node {Ours}; give all nodes the same --peers")]
    public static partial void DifferentPeers(ILogger logger, string node, string peer, string @namespace, string theirs, string ours);

    [LoggerMessage(7, LogLevel.Error, "{Node} refuses {Peer} in {Namespace}: its data ({Theirs}) is not the data this node has met under that id ({Known}); a node that lost its data must not return under its old id")]
    public static partial void ForeignIncarnation(ILogger logger, string node, string peer, string @namespace, Guid theirs, Guid known);

    [LoggerMessage(8, LogLevel.Warning, "{Node} dropped an envelope in {Namespace} that it could not read: {Reason}")]
    public static partial void Malformed(ILogger logger, string node, string @namespace, string reason);

    [LoggerMessage(9, LogLevel.Critical, "The replica of {Namespace} on {Node} cannot go on and falls silent")]
    public static partial void Broken(ILogger logger, Exception exception, string node, string @namespace);

    [LoggerMessage(10, LogLevel.Debug, "A request of {Namespace} failed on its way to {Leader}")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string @namespace, string leader);

    [LoggerMessage(20, LogLevel.Information, "Loaded the snapshot of {Namespace} through slot {Slot}, revision {Revision}, {Bytes} bytes")]
    public static partial void SnapshotLoaded(ILogger logger, string @namespace, long slot, long revision, long bytes);

    [LoggerMessage(21, LogLevel.Information, "Wrote a snapshot of {Namespace} through slot {Slot}, revision {Revision}, {Bytes} bytes, in {Milliseconds} ms")]
    public static partial void SnapshotWritten(ILogger logger, string @namespace, long slot, long revision, long bytes, long milliseconds);

    [LoggerMessage(22, LogLevel.Information, "Dropped the log in '{Directory}' before segment {Segment}")]
    public static partial void LogDropped(ILogger logger, string directory, long segment);

    [LoggerMessage(23, LogLevel.Warning, "No snapshot of {Namespace} could be written now, and the log is not dropped; it will be tried again")]
    public static partial void SnapshotFailed(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(24, LogLevel.Warning, "The snapshot of {Namespace} that a peer sent cannot be used; another will be asked for")]
    public static partial void SnapshotRefused(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(25, LogLevel.Information, "{Node} goes on in {Namespace} from a peer's snapshot through slot {Slot}, revision {Revision}")]
    public static partial void SnapshotInstalled(ILogger logger, string node, string @namespace, long slot, long revision);

    [LoggerMessage(26, LogLevel.Warning, "A part of the snapshot of {Namespace} could not be read for {Peer}")]
    public static partial void SnapshotUnreadable(ILogger logger, Exception exception, string @namespace, string peer);
}
