using Doozer.Paxos;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Grains;

/// <summary>Options of a silo that holds replicas. Validated when the silo starts.</summary>
public sealed class DoozerOptions
{
    /// <summary>Id of this node; the silo must have the same name. Letters, digits, <c>-</c> and <c>_</c>, at most 64.</summary>
    public string Node { get; set; } = "n1";

    /// <summary>
    /// Name of the cluster; data of another cluster is refused. Letters, digits, <c>-</c> and <c>_</c>, at most 64.
    /// </summary>
    public string Cluster { get; set; } = "doozer";

    /// <summary>
    /// Ids of all nodes, this one included: the acceptors of every namespace. All nodes must be given the same.
    /// </summary>
    public IList<string> Peers { get; } = [];

    /// <summary>How many nodes elect a leader; 0 (default) for a majority, or for what <see cref="WriteQuorum"/> needs.</summary>
    public int ElectionQuorum { get; set; }

    /// <summary>
    /// How many nodes must have a write before it is acknowledged; 0 (default) for a majority, or for what
    /// <see cref="ElectionQuorum"/> allows. Together they must be more than there are nodes. All nodes must be given the same.
    /// </summary>
    public int WriteQuorum { get; set; }

    /// <summary>Folder of this node's log and identity. Belongs to this node alone.</summary>
    public string DataDirectory { get; set; } = "doozer-data";

    /// <summary>How long a read or write waits for a leader and its quorum before it fails (default 5 s).</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest body of a file in bytes (default 1 MiB, at most 2 MiB).</summary>
    public int MaxBodyBytes { get; set; } = 1 << 20;

    /// <summary>Most namespaces a node serves (default 100).</summary>
    public int MaxNamespaces { get; set; } = 100;

    /// <summary>Most reads and writes, and most waits, one node lets wait in one namespace (default 20,000 of each).</summary>
    public int MaxWaitingRequests { get; set; } = 20_000;

    /// <summary>Most bytes of writes that one node lets wait in one namespace (default 64 MiB).</summary>
    public long MaxWaitingBytes { get; set; } = 64 << 20;

    /// <summary>How many of the newest revisions can be read and watched from (default 360,000).</summary>
    public int HistoryLimit { get; set; } = 360_000;

    /// <summary>
    /// A namespace is written to a snapshot when its log has grown by so many bytes since the last one (default 32 MiB), or by a
    /// quarter of the size of that one, whichever is more; the second node waits for an eighth more than the first, and so on.
    /// Then the log before it is deleted.
    /// </summary>
    public long SnapshotLogBytes { get; set; } = 32 << 20;

    /// <summary>A namespace is written to a snapshot when its log has grown by so many slots (default 200,000).</summary>
    public long SnapshotSlots { get; set; } = 200_000;

    /// <summary>The protocol's unit of time (default 25 ms).</summary>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Ticks between a leader's heartbeats (default 3).</summary>
    public int HeartbeatTicks { get; set; } = 3;

    /// <summary>
    /// Ticks without a leader after which a follower may stand for election, at least; up to double (default 16).
    /// </summary>
    public int ElectionTicks { get; set; } = 16;

    /// <summary>Sizes of the log.</summary>
    internal WriteAheadLogOptions Log { get; set; } = new();

    /// <summary>The limits of a namespace's tree.</summary>
    internal TreeOptions Tree => new() { HistoryLimit = HistoryLimit };

    /// <summary>Throws when a value is not usable.</summary>
    /// <exception cref="ArgumentException">Names the option and what is wrong with it.</exception>
    public void Validate()
    {
        Require(Names.IsNodeOrCluster(Node), $"the node id '{Node}' must be 1 to 64 letters, digits, '-' or '_'");
        Require(
            Names.IsNodeOrCluster(Cluster), $"the cluster '{Cluster}' must be 1 to 64 letters, digits, '-' or '_'");
        foreach (string peer in Peers)
        {
            Require(
                Names.IsNodeOrCluster(peer), $"the peer id '{peer}' must be 1 to 64 letters, digits, '-' or '_'");
        }

        Require(Peers.Contains(Node), $"the peers ({string.Join(", ", Peers)}) do not include this node, {Node}");
        Require(
            Peers.Distinct(StringComparer.Ordinal).Count() == Peers.Count,
            $"the peers ({string.Join(", ", Peers)}) name a node twice");
        RequireQuorums();
        Require(DataDirectory.Length > 0, "the data directory is empty");
        Require(
            RequestTimeout > TimeSpan.Zero && RequestTimeout <= TimeSpan.FromMinutes(1),
            "RequestTimeout must be over 0 and at most 1 minute");
        Require(MaxBodyBytes is > 0 and <= 2 << 20, "MaxBodyBytes must be 1 to 2 MiB");
        Require(MaxNamespaces > 0, "MaxNamespaces must be positive");
        Require(MaxWaitingRequests > 0, "MaxWaitingRequests must be positive");
        Require(MaxWaitingBytes > 0, "MaxWaitingBytes must be positive");
        Require(HistoryLimit > 0, "HistoryLimit must be positive");
        Require(SnapshotLogBytes >= 1 << 10, "SnapshotLogBytes must be at least 1 KiB");
        Require(SnapshotSlots > 0, "SnapshotSlots must be positive");
        Require(TickInterval >= TimeSpan.FromMilliseconds(1), "TickInterval must be at least 1 ms");
        Require(HeartbeatTicks > 0, "HeartbeatTicks must be positive");
        Require(ElectionTicks >= 2 * HeartbeatTicks, "ElectionTicks must be at least twice HeartbeatTicks");
    }

    /// <summary>The acceptors of every namespace and the sizes of their quorums.</summary>
    internal QuorumSystem Quorums =>
        new(Peers, ElectionQuorum == 0 ? null : ElectionQuorum, WriteQuorum == 0 ? null : WriteQuorum);

    private void RequireQuorums()
    {
        try
        {
            _ = Quorums;
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"Doozer cannot start: {exception.Message}", exception);
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
            throw new ArgumentException($"Doozer cannot start: {otherwise}.");
    }
}
