namespace Doozer.Clustering;

/// <summary>How a silo keeps the cluster's membership table together with its peers. Validated before the silo starts.</summary>
public sealed class QuorumClusteringOptions
{
    /// <summary>Fewest characters of a <see cref="Secret"/>.</summary>
    public const int MinSecretLength = 16;

    /// <summary>Most peers; an odd number of 3 or 5 is sensible.</summary>
    public const int MaxPeers = 15;

    /// <summary>
    /// Id of this node: one of the <see cref="Peers"/>, or one that has joined and has an <see cref="Address"/>. Letters, digits,
    /// <c>-</c> and <c>_</c>, at most 64.
    /// </summary>
    public string Node { get; set; } = string.Empty;

    /// <summary>
    /// The nodes that the cluster began with: id and HTTP base address. All nodes must be given the same ids; the addresses may
    /// change between starts. They keep the table, until the list of nodes is changed, and any majority of them suffices.
    /// </summary>
    public IDictionary<string, Uri> Peers { get; } = new OrderedDictionary<string, Uri>(StringComparer.Ordinal);

    /// <summary>HTTP base address of this node, if it is none of the <see cref="Peers"/>.</summary>
    public Uri? Address { get; set; }

    /// <summary>
    /// How many voters the cluster wants, as long as its list of nodes has never changed; 0 (default) for three, and for as many
    /// as there are <see cref="Peers"/> at least. Nodes that join become voters until there are so many.
    /// </summary>
    public int Voters { get; set; }

    /// <summary>Folder of what this peer must not forget. Belongs to this node alone; stays under 1 MB.</summary>
    public string DataDirectory { get; set; } = string.Empty;

    /// <summary>
    /// Signs what peers say to each other; the same on all of them, at least <see cref="MinSecretLength"/> characters. Without
    /// one only peers on the loopback interface are possible.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>
    /// What else of the application's settings all nodes must be given alike, in words; empty (default) for none. Nodes with
    /// others are refused before either side has written anything.
    /// </summary>
    public string Settings { get; set; } = string.Empty;

    /// <summary>
    /// Whether the library opens its own HTTP port at this node's address (default). Otherwise the application maps
    /// <see cref="QuorumClusteringEndpoints.MapQuorumClustering"/> and its web server must run while the silo starts
    /// (<c>HostOptions.ServicesStartConcurrently</c>).
    /// </summary>
    public bool Listen { get; set; } = true;

    /// <summary>How long one request to a peer may take (default 1 s).</summary>
    public TimeSpan PeerTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a read is left to as few peers as suffice before all are asked (default 150 ms).
    /// </summary>
    public TimeSpan HedgeDelay { get; set; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How long a read or change of the table may take, with all its attempts, before it fails (default 5 s).</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The addresses that are given here.</summary>
    internal IReadOnlyDictionary<string, Uri> Addresses
    {
        get
        {
            var addresses = new Dictionary<string, Uri>(Peers, StringComparer.Ordinal);
            if (Address is null || addresses.ContainsKey(Node))
                return addresses;

            // Where a node of the beginning was that is gone, this one may be now: it could not have joined otherwise.
            foreach ((string gone, _) in Peers.Where(peer => peer.Value == Address))
                addresses.Remove(gone);
            addresses.Add(Node, Address);
            return addresses;
        }
    }
}
