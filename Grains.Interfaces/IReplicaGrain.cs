using Orleans.Concurrency;

namespace Doozer;

/// <summary>
/// One node's replica of one namespace: acceptor, learner and possible leader of its Paxos instance. The key is
/// <c>namespace@node</c>, and the grain lives only on the silo of that name. Applications call <see cref="INamespaceGrain"/>.
/// </summary>
[Alias("Doozer.IReplicaGrain")]
public interface IReplicaGrain : IGrainWithStringKey
{
    /// <summary>
    /// Delivers protocol messages from another replica. They may be lost, repeated or late; Paxos does not mind.
    /// </summary>
    /// <param name="envelope">Messages in the protocol's own encoding.</param>
    [Alias("Deliver")]
    [OneWay]
    Task Deliver([Immutable] byte[] envelope);

    /// <summary>Proposes commands, if this replica leads, and answers when all are applied here.</summary>
    /// <param name="commands">Encoded commands, each behind its length.</param>
    /// <param name="count">How many.</param>
    [Alias("Submit")]
    [ResponseTimeout("00:00:10")]
    Task<SubmitResult> Submit([Immutable] byte[] commands, int count);

    /// <summary>
    /// Confirms with a quorum that this replica leads, and tells up to where a linearizable read must have applied.
    /// </summary>
    /// <param name="word">Of an acceptor that asks: an envelope that says what it has promised. The leader need not ask it
    /// again.</param>
    [Alias("ReadIndex")]
    [ResponseTimeout("00:00:10")]
    Task<ReadIndexResult> ReadIndex([Immutable] byte[]? word = null);

    /// <summary>
    /// Lets sessions live for their ttl from when the call came, if this replica leads and a quorum confirms that it still does.
    /// </summary>
    /// <param name="sessions">Their ids.</param>
    [Alias("KeepAlive")]
    [ResponseTimeout("00:00:10")]
    Task<KeepAliveResult> KeepAlive([Immutable] long[] sessions);

    /// <summary>
    /// If this replica leads, asks another to take over: it rests until that one leads, or goes on if it does not.
    /// </summary>
    /// <param name="node">Which one.</param>
    [Alias("TransferLeadership")]
    [ResponseTimeout("00:00:02")]
    Task<TransferResult> TransferLeadership(string node);

    /// <summary>
    /// If this replica leads, lets other quorums decide in its namespace, and answers when they do. A change that is asked for
    /// again is made once.
    /// </summary>
    /// <param name="acceptors">Ids of the nodes that are to have a vote.</param>
    /// <param name="electionQuorum">How many of them elect a leader; 0 for a majority, or for what the other needs.</param>
    /// <param name="writeQuorum">How many of them must have a write; 0 for a majority, or for what the other allows.</param>
    /// <param name="epoch">The epoch (see <see cref="QuorumStatus.Epoch"/>) that they are to follow, so that what the caller has
    /// seen is what changes; null for whichever there is.</param>
    /// <exception cref="InvalidArgumentException">There are no such quorums.</exception>
    [Alias("Reconfigure")]
    [ResponseTimeout("00:01:10")]
    Task<ReconfigurationResult> Reconfigure([Immutable] string[] acceptors, int electionQuorum, int writeQuorum, long? epoch);

    /// <summary>What this replica knows of itself and its peers.</summary>
    [Alias("Status")]
    [ResponseTimeout("00:00:02")]
    Task<ReplicaStatus> Status();
}
