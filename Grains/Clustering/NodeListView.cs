using System.Text.Json.Serialization;

namespace Doozer.Clustering;

/// <summary>A node of the list in JSON.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address">Where it serves HTTP.</param>
/// <param name="Role">voter, standby or observer.</param>
/// <param name="State">As the node that answers sees it: self, unknown, reachable, unreachable or refused.</param>
internal sealed record ListedNodeView(string Id, string Address, string Role, string? State = null);

/// <summary>The list of nodes in JSON.</summary>
internal sealed record NodeListView(
    long Epoch, int Voters, IReadOnlyList<ListedNodeView> Nodes, IReadOnlyList<string> Removed)
{
    /// <summary>
    /// For a node that joins: from which number on it counts its starts; else null. It is beyond those of all silos in the table,
    /// so that of two nodes that had one address after the other the later has the later silos.
    /// </summary>
    public long? FirstStart { get; init; }

    public static NodeListView Of(NodeList list, Func<string, string?>? stateOf = null) => new(
        list.Epoch,
        list.Voters,
        [.. list.Nodes.Select(node => new ListedNodeView(
            node.Id, node.Address.ToString(), NodeRoles.NameOf(node.Role), stateOf?.Invoke(node.Id)))],
        list.Removed);

    /// <summary>The list that this shows, which somebody else has written.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public NodeList ToList()
    {
        if (Epoch < 0 || Voters is < 1 or > QuorumClusteringOptions.MaxPeers || Nodes is not { Count: <= NodeList.MaxNodes }
            || Removed is not { Count: <= NodeList.MaxRemoved } || !Removed.All(Names.IsNodeOrCluster))
        {
            throw new InvalidDataException("this is no list of nodes");
        }

        ListedNode[] nodes = [.. Nodes.Select(NodeOf)];
        var list = new NodeList(Epoch, Voters, [.. nodes], [.. Removed]);
        int voters = list.VoterIds.Count();
        return voters is > 0 and <= QuorumClusteringOptions.MaxPeers && nodes.DistinctBy(node => node.Id).Count() == nodes.Length
            ? list
            : throw new InvalidDataException("the list of nodes has no voter, too many, or a node twice");
    }

    private static ListedNode NodeOf(ListedNodeView? view)
    {
        if (view is not { Id: { } id, Role: { } role } || !Uri.TryCreate(view.Address, UriKind.Absolute, out Uri? address))
            throw new InvalidDataException("a node of the list is none");
        try
        {
            NodeList.RequireNode(id, address);
        }
        catch (NodeChangeException exception)
        {
            throw new InvalidDataException(exception.Message, exception);
        }

        return new ListedNode(
            id, address, NodeRoles.Parse(role) ?? throw new InvalidDataException($"'{role}' is no role of a node"));
    }
}

/// <summary>The names of roles.</summary>
internal static class NodeRoles
{
    public static string NameOf(NodeRole role) => role switch
    {
        NodeRole.Voter => "voter",
        NodeRole.Standby => "standby",
        _ => "observer",
    };

    public static NodeRole? Parse(string name) => name switch
    {
        "voter" => NodeRole.Voter,
        "standby" => NodeRole.Standby,
        "observer" => NodeRole.Observer,
        _ => null,
    };
}

/// <summary>What is to become of the list of nodes.</summary>
/// <param name="Change">join, add, remove, replace, promote, demote; or refresh, which only has the node read the list; or known,
/// which has it tell the list that it knows, without asking others.</param>
/// <param name="Nonce">Ties the answer to the request.</param>
/// <param name="Node">Which node.</param>
/// <param name="Address">Of one that joins or is added: where it serves HTTP.</param>
/// <param name="Role">Of one that joins or is added: standby (the default) or observer.</param>
/// <param name="By">Of one that is replaced: by which.</param>
/// <param name="Epoch">The epoch of the list that was seen, so that what was seen is what changes.</param>
/// <param name="Cluster">The cluster that is meant; null for whichever the node belongs to.</param>
internal sealed record NodeChangeRequest(
    string Change,
    Guid Nonce,
    string? Node = null,
    string? Address = null,
    string? Role = null,
    string? By = null,
    long? Epoch = null,
    string? Cluster = null)
{
    public const string Join = "join";
    public const string Add = "add";
    public const string Remove = "remove";
    public const string Replace = "replace";
    public const string Promote = "promote";
    public const string Demote = "demote";
    public const string Refresh = "refresh";
    public const string Known = "known";
}

/// <summary>The list of nodes after a change, and what a node that joins must know.</summary>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Founders">The nodes that the cluster began with, and where they were.</param>
/// <param name="Facts">What the application tells a node that joins.</param>
/// <param name="List">The list.</param>
internal sealed record NodeListAnswer(
    string Cluster, IReadOnlyDictionary<string, string> Founders, IReadOnlyDictionary<string, string> Facts, NodeListView List)
{
    /// <summary>Whether it can be what a node says; at an address that somebody has given anybody may answer.</summary>
    [JsonIgnore]
    public bool IsWhole
    {
        get
        {
            if (Cluster is null || !Names.IsNodeOrCluster(Cluster) || Founders is null || Facts is null || List is null)
                return false;
            ListedNodeView[] founders = [.. Founders.Select(each => new ListedNodeView(each.Key, each.Value, "voter"))];
            try
            {
                _ = new NodeListView(0, 1, founders, []).ToList();
                _ = List.ToList();
                return true;
            }
            catch (InvalidDataException)
            {
                return false;
            }
        }
    }
}
