using Doozer.Paxos;
using Microsoft.Extensions.Logging;

namespace Doozer.Replicas;

/// <summary>What a replica tells operators.</summary>
internal sealed partial class ReplicaDriver
{
    [LoggerMessage(2, LogLevel.Information, "{Node} leads {Namespace} with ballot {Ballot}")]
    private partial void LogLeads(string node, string @namespace, Ballot ballot);

    [LoggerMessage(3, LogLevel.Information, "{Node} follows {Leader} in {Namespace}, ballot {Ballot}")]
    private partial void LogFollows(string node, string leader, string @namespace, Ballot ballot);

    [LoggerMessage(29, LogLevel.Information, "{Node} hands {Namespace} over to {Successor}: {Reason}")]
    private partial void LogHandsOver(string node, string @namespace, string successor, string reason);

    [LoggerMessage(30, LogLevel.Information,
        "{Node} has closed {Count} session(s) of {Namespace}, of which nothing was heard for their ttl")]
    private partial void LogSessionsExpired(string node, int count, string @namespace);

    [LoggerMessage(4, LogLevel.Warning, "{Namespace} has lost its quorum: needs {Quorum}; not answering {Node}: {Missing}")]
    private partial void LogQuorumLost(string @namespace, string quorum, string node, string missing);

    [LoggerMessage(5, LogLevel.Information, "{Namespace} has its quorum: {Quorum}, as {Node} sees it")]
    private partial void LogQuorumRegained(string @namespace, string quorum, string node);

    [LoggerMessage(6, LogLevel.Error,
        "{Node} and {Peer} refuse each other in {Namespace}: {Peer} counts {Theirs}, and this node {Ours}; give "
        + "all nodes the same --peers")]
    private partial void LogDifferentPeers(string node, string peer, string @namespace, string theirs, string ours);

    [LoggerMessage(7, LogLevel.Error,
        "{Node} refuses {Peer} in {Namespace}: its data ({Theirs}) is not the data this node has met under that "
        + "id ({Known}); a node that lost its data must not return under its old id")]
    private partial void LogForeignIncarnation(string node, string peer, string @namespace, Guid theirs, Guid known);

    [LoggerMessage(33, LogLevel.Information, "{Namespace} has epoch {Epoch}: {Quorums} from slot {Slot} on, as {Node} knows")]
    private partial void LogConfiguration(string @namespace, long epoch, string quorums, long slot, string node);

    [LoggerMessage(32, LogLevel.Warning,
        "{Node} does not belong to {Namespace} any more, says {Peer}, which is in epoch {Epoch}; it stands for election no more")]
    private partial void LogLeftOut(string node, string @namespace, string peer, long epoch);

    [LoggerMessage(8, LogLevel.Warning, "{Node} dropped an envelope in {Namespace} that it could not read: {Reason}")]
    private partial void LogMalformed(string node, string @namespace, string reason);

    [LoggerMessage(EventId = 9, Message = "The replica of {Namespace} on {Node} cannot go on and falls silent")]
    private partial void LogBroken(LogLevel level, Exception exception, string node, string @namespace);

    [LoggerMessage(27, LogLevel.Error,
        "The state of {Namespace} on {Peer} after slot {Slot} is not the one of {Node}; which of them is wrong is not known "
        + "without a majority that agrees")]
    private partial void LogStateDiffers(string peer, string @namespace, long slot, string node);

    [LoggerMessage(23, LogLevel.Warning,
        "No snapshot of {Namespace} could be written now, and the log is not dropped; it will be tried again")]
    private partial void LogSnapshotFailed(Exception exception, string @namespace);

    [LoggerMessage(24, LogLevel.Warning,
        "The snapshot of {Namespace} that a peer sent cannot be used; another will be asked for")]
    private partial void LogSnapshotRefused(Exception exception, string @namespace);

    [LoggerMessage(25, LogLevel.Information,
        "{Node} goes on in {Namespace} from a peer's snapshot through slot {Slot}, revision {Revision}")]
    private partial void LogSnapshotInstalled(string node, string @namespace, long slot, long revision);

    [LoggerMessage(28, LogLevel.Warning,
        "The files of {Namespace} take {Bytes} of {Limit} bytes (MaxTreeBytes); beyond that writes are refused until some are "
        + "deleted")]
    private partial void LogNearlyFull(string @namespace, long bytes, long limit);

    [LoggerMessage(26, LogLevel.Warning, "A part of the snapshot of {Namespace} could not be read for {Peer}")]
    private partial void LogSnapshotUnreadable(Exception exception, string @namespace, string peer);
}
