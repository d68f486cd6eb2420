using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Grains;

/// <summary>Options of a silo that holds replicas. Validated before the silo starts.</summary>
public sealed class DoozerOptions
{
    /// <summary>Id of this node; the silo must have the same name. Letters, digits, <c>-</c> and <c>_</c>, at most 64.</summary>
    public string Node { get; set; } = "n1";

    /// <summary>
    /// Name of the cluster; data of another cluster is refused. Letters, digits, <c>-</c> and <c>_</c>, at most 64.
    /// </summary>
    public string Cluster { get; set; } = "doozer";

    /// <summary>
    /// Ids of the nodes that began the cluster: the acceptors of <c>main</c>, as long as its quorums are not changed. All
    /// nodes must be given the same. This one is among them, or among the <see cref="Learners"/>.
    /// </summary>
    public IList<string> Peers { get; } = [];

    /// <summary>
    /// Ids of further nodes. They are sent what is written, and have no vote until a namespace's quorums are changed to have
    /// them. None by default.
    /// </summary>
    public IList<string> Learners { get; } = [];

    /// <summary>How many nodes elect a leader; 0 (default) for a majority, or for what <see cref="WriteQuorum"/> needs.</summary>
    public int ElectionQuorum { get; set; }

    /// <summary>
    /// How many nodes must have a write before it is acknowledged; 0 (default) for a majority, or for what
    /// <see cref="ElectionQuorum"/> allows. Together they must be more than there are nodes. All nodes must be given the same.
    /// </summary>
    public int WriteQuorum { get; set; }

    /// <summary>
    /// How long a voter may be gone before a standby takes its place by itself, for good; zero (default): never. The node that
    /// leads the namespace <c>main</c> decides.
    /// </summary>
    public TimeSpan ReplaceAfter { get; set; }

    /// <summary>Folder of this node's log and identity. Belongs to this node alone.</summary>
    public string DataDirectory { get; set; } = "doozer-data";

    /// <summary>How long a read or write waits for a leader and its quorum before it fails (default 5 s).</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest body of a file in bytes (default 1 MiB, at most 2 MiB).</summary>
    public int MaxBodyBytes { get; set; } = 1 << 20;

    /// <summary>Most namespaces besides <c>main</c> (default 1,000, at most 10,000). The node decides that makes one.</summary>
    public int MaxNamespaces { get; set; } = 1000;

    /// <summary>Most reads and writes, and most waits, one node lets wait in one namespace (default 20,000 of each).</summary>
    public int MaxWaitingRequests { get; set; } = 20_000;

    /// <summary>Most bytes of writes that one node lets wait in one namespace (default 64 MiB).</summary>
    public long MaxWaitingBytes { get; set; } = 64 << 20;

    /// <summary>How many of the newest revisions can be read and watched from (default 360,000).</summary>
    public int HistoryLimit { get; set; } = 360_000;

    /// <summary>
    /// Bytes that these may take in memory in each namespace (default 256 MiB, or an eighth of the memory that the process may
    /// use, if that is less); the oldest go earlier when they take more.
    /// </summary>
    public long HistoryBytes { get; set; } = OfMemory(8, 256 << 20);

    /// <summary>
    /// Bytes that the files of each namespace may take (default 512 MiB, or a quarter of the memory). Beyond it what makes them
    /// larger is refused; deleting goes on. The limit of the node that takes a write decides on all replicas.
    /// </summary>
    public long MaxTreeBytes { get; set; } = OfMemory(4, 512 << 20);

    /// <summary>
    /// Bytes of the log that each namespace keeps in memory for peers (default 128 MiB, or a sixteenth of the memory). At half
    /// of it a snapshot is written, and at the whole nothing more is taken on until it is there.
    /// </summary>
    public long MaxLogBytes { get; set; } = OfMemory(16, 128 << 20);

    /// <summary>
    /// A namespace is written to a snapshot when its log has grown by this many bytes since the last one (default 32 MiB), or by
    /// a quarter of the size of that one, whichever is more, and for <see cref="MaxLogBytes"/>; the second node waits for an
    /// eighth more than the first, and so on. Then the log before it is deleted.
    /// </summary>
    public long SnapshotLogBytes { get; set; } = 32 << 20;

    /// <summary>A namespace is written to a snapshot when its log has grown by this many slots (default 200,000).</summary>
    public long SnapshotSlots { get; set; } = 200_000;

    /// <summary>The protocol's unit of time (default 25 ms).</summary>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(25);

    /// <summary>Ticks between a leader's heartbeats (default 3).</summary>
    public int HeartbeatTicks { get; set; } = 3;

    /// <summary>
    /// Ticks without a leader after which a follower may stand for election, at least; up to double (default 16).
    /// </summary>
    public int ElectionTicks { get; set; } = 16;

    /// <summary>
    /// Of a node that joined a cluster which was restored from snapshots, a digest of them; else empty.
    /// </summary>
    internal string Origin { get; set; } = "";

    /// <summary>Sizes of the log.</summary>
    internal WriteAheadLogOptions Log { get; set; } = new();

    /// <summary>Replicas compare digests of their states after every Nth slot, N being this.</summary>
    internal int DigestSlots { get; set; } = 1024;

    /// <summary>How snapshots are taken and exchanged.</summary>
    internal SnapshotOptions Snapshots { get; set; } = new();

    /// <summary>Limits of the protocol, with the times that are set here.</summary>
    internal ReplicaOptions Protocol
    {
        get => field with { HeartbeatTicks = HeartbeatTicks, ElectionTicks = ElectionTicks, MaxLogBytes = MaxLogBytes };
        set;
    }
        = new();

    /// <summary>The rules of sessions.</summary>
    internal SessionRules Sessions { get; set; } = new();

    /// <summary>The limits of a namespace's tree, with the history that is set here.</summary>
    internal TreeOptions Tree
    {
        get => field with { HistoryLimit = HistoryLimit, HistoryBytes = HistoryBytes };
        set;
    }
        = new();

    /// <summary>All nodes.</summary>
    internal IReadOnlyCollection<string> Members => [.. Peers, .. Learners];

    /// <summary>This node's place among the nodes, so that not all do the same at the same time.</summary>
    internal int Place
    {
        get
        {
            int place = Quorums.IndexOf(Node);
            return place >= 0 ? place : Peers.Count + Math.Max(0, Learners.IndexOf(Node));
        }
    }

    /// <summary>The acceptors that <c>main</c> begins with, and the sizes of their quorums.</summary>
    internal QuorumSystem Quorums =>
        new(Peers, ElectionQuorum == 0 ? null : ElectionQuorum, WriteQuorum == 0 ? null : WriteQuorum);

    /// <summary>Quorums of some other acceptors: as few write as may, if there are so many, else a majority.</summary>
    internal QuorumSystem QuorumsOf(IReadOnlyList<string> acceptors) =>
        new(acceptors, phase2: WriteQuorum == 0 || WriteQuorum > acceptors.Count ? null : WriteQuorum);

    /// <summary>The quorums' sizes when they are no majorities; else empty.</summary>
    internal string QuorumsInWords
    {
        get
        {
            (QuorumSystem given, QuorumSystem majorities) = (Quorums, new QuorumSystem(Peers));
            return (given.Phase1, given.Phase2) == (majorities.Phase1, majorities.Phase2)
                ? string.Empty
                : $"quorums of {given.Phase1} to lead and {given.Phase2} to choose";
        }
    }

    /// <summary>A part of the memory that the process may use, by the machine's, the container's or the heap's limit.</summary>
    internal static long OfMemory(int part, long most) => Math.Min(most, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / part);
}
