namespace Doozer;

/// <summary>What a replica does in its Paxos instance now.</summary>
public enum ReplicaRole
{
    /// <summary>Accepts and learns.</summary>
    Follower = 0,

    /// <summary>Asks for promises.</summary>
    Candidate = 1,

    /// <summary>Proposes.</summary>
    Leader = 2,
}

/// <summary>The acceptors of a namespace and the sizes of its quorums.</summary>
/// <param name="Acceptors">Node ids.</param>
/// <param name="Phase1">How many must promise before a leader serves.</param>
/// <param name="Phase2">How many must accept before a batch is chosen.</param>
[GenerateSerializer, Immutable, Alias("Doozer.QuorumStatus")]
public sealed record QuorumStatus(
    [property: Id(0)] string[] Acceptors,
    [property: Id(1)] int Phase1,
    [property: Id(2)] int Phase2);

/// <summary>One replica as another sees it.</summary>
/// <param name="Node">Its node id.</param>
/// <param name="Reachable">Whether it was heard from within an election timeout.</param>
/// <param name="ChosenSlot">The slot up to which it is known to have learned the log; -1 if not known.</param>
/// <param name="Lag">How many slots it is behind the chosen prefix of the one that tells; -1 if not known.</param>
[GenerateSerializer, Immutable, Alias("Doozer.PeerStatus")]
public sealed record PeerStatus(
    [property: Id(0)] string Node,
    [property: Id(1)] bool Reachable,
    [property: Id(2)] long ChosenSlot,
    [property: Id(3)] long Lag);

/// <summary>What one replica knows of itself and its peers.</summary>
/// <param name="Node">Its node id.</param>
/// <param name="Role">What it does now.</param>
/// <param name="Leader">The leader as it knows it; empty if it knows none.</param>
/// <param name="Ballot">Highest ballot promised, as <c>round.node</c>.</param>
/// <param name="ChosenSlot">Every slot up to this one is known to be chosen.</param>
/// <param name="AppliedSlot">Every slot up to this one is applied to its tree.</param>
/// <param name="Revision">Its tree's newest revision.</param>
/// <param name="OldestRevision">Oldest revision it can still read or watch from.</param>
/// <param name="Quorum">The acceptors and quorum sizes.</param>
/// <param name="Peers">All replicas, itself included.</param>
[GenerateSerializer, Immutable, Alias("Doozer.ReplicaStatus")]
public sealed record ReplicaStatus(
    [property: Id(0)] string Node,
    [property: Id(1)] ReplicaRole Role,
    [property: Id(2)] string Leader,
    [property: Id(3)] string Ballot,
    [property: Id(4)] long ChosenSlot,
    [property: Id(5)] long AppliedSlot,
    [property: Id(6)] long Revision,
    [property: Id(7)] long OldestRevision,
    [property: Id(8)] QuorumStatus Quorum,
    [property: Id(9)] PeerStatus[] Peers);

/// <summary>A namespace as one silo sees it.</summary>
/// <param name="Namespace">Its name.</param>
/// <param name="Local">The silo's own replica.</param>
/// <param name="Leading">The leader's replica, with what it knows of every peer; null when it cannot be reached.</param>
[GenerateSerializer, Immutable, Alias("Doozer.NamespaceStatus")]
public sealed record NamespaceStatus(
    [property: Id(0)] string Namespace,
    [property: Id(1)] ReplicaStatus Local,
    [property: Id(2)] ReplicaStatus? Leading);
