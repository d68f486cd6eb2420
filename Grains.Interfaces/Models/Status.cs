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
/// <param name="Epoch">How often the quorums of the namespace have changed since it began.</param>
[GenerateSerializer, Immutable, Alias("Doozer.QuorumStatus")]
public sealed record QuorumStatus(
    [property: Id(0)] string[] Acceptors,
    [property: Id(1)] int Phase1,
    [property: Id(2)] int Phase2,
    [property: Id(3)] long Epoch = 0);

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

/// <summary>
/// What a replica keeps in memory of its namespace, and how much that may be, in bytes. Files and events count their path and
/// some bytes more, so that many small ones count as well.
/// </summary>
/// <param name="Tree">The files. At the limit what would make them larger is refused: <see cref="StoreFullException"/>.</param>
/// <param name="TreeLimit">Most for the files.</param>
/// <param name="History">The revisions that can be read and watched from. At the limit the oldest go.</param>
/// <param name="HistoryLimit">Most for these.</param>
/// <param name="Log">Chosen slots that are kept for peers. At half of the limit a snapshot is written for them; at the limit no
/// more are taken on before it is there.</param>
/// <param name="LogLimit">Most for these.</param>
[GenerateSerializer, Immutable, Alias("Doozer.MemoryStatus")]
public sealed record MemoryStatus(
    [property: Id(0)] long Tree,
    [property: Id(1)] long TreeLimit,
    [property: Id(2)] long History,
    [property: Id(3)] long HistoryLimit,
    [property: Id(4)] long Log,
    [property: Id(5)] long LogLimit);

/// <summary>The room on the disk of a node's data, in bytes.</summary>
/// <param name="Free">What is left.</param>
/// <param name="Reserve">With less than this the node takes no writes but deletes: <see cref="DiskFullException"/>.</param>
/// <param name="IsLow">Whether less is left.</param>
[GenerateSerializer, Immutable, Alias("Doozer.DiskStatus")]
public sealed record DiskStatus(
    [property: Id(0)] long Free,
    [property: Id(1)] long Reserve,
    [property: Id(2)] bool IsLow);

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
/// <param name="Peers">All replicas, itself included: the acceptors, and then those without a vote.</param>
/// <param name="Memory">What it keeps in memory; null from a node that does not tell.</param>
/// <param name="Disk">The room on its disk; null when it is not known.</param>
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
    [property: Id(9)] PeerStatus[] Peers,
    [property: Id(10)] MemoryStatus? Memory = null,
    [property: Id(11)] DiskStatus? Disk = null);

/// <summary>A namespace as one silo sees it.</summary>
/// <param name="Namespace">Its name.</param>
/// <param name="Local">The silo's own replica.</param>
/// <param name="Leading">The leader's replica, with what it knows of every peer; null when it cannot be reached.</param>
[GenerateSerializer, Immutable, Alias("Doozer.NamespaceStatus")]
public sealed record NamespaceStatus(
    [property: Id(0)] string Namespace,
    [property: Id(1)] ReplicaStatus Local,
    [property: Id(2)] ReplicaStatus? Leading);
