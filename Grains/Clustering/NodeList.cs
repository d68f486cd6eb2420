using System.Collections.Immutable;
using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>What a node is in its cluster.</summary>
internal enum NodeRole : byte
{
    /// <summary>Has a vote: an acceptor of the namespaces, and of the list itself.</summary>
    Voter = 0,

    /// <summary>Learns everything, and takes the place of a voter when one is wanted.</summary>
    Standby = 1,

    /// <summary>Learns everything, and never gets a vote.</summary>
    Observer = 2,
}

/// <summary>A node of the cluster.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Address">Where it serves HTTP.</param>
/// <param name="Role">What it is, or is to become.</param>
internal sealed record ListedNode(string Id, Uri Address, NodeRole Role);

/// <summary>
/// The nodes that the cluster is to have. It is part of the register's value; what follows from it, follows later: the acceptors
/// of the register and of each namespace.
/// </summary>
/// <param name="Epoch">How often it has changed since the cluster began.</param>
/// <param name="Voters">How many voters are wanted: as long as there are fewer, standbys become voters.</param>
/// <param name="Nodes">The nodes by their ids.</param>
/// <param name="Removed">Ids of nodes that were removed, and that no other may have; of many the latest.</param>
internal sealed record NodeList(
    long Epoch, int Voters, ImmutableArray<ListedNode> Nodes, ImmutableArray<string> Removed)
{
    /// <summary>Voters that a cluster wants which began with fewer, unless it is told otherwise.</summary>
    public const int DefaultVoters = 3;

    /// <summary>Most nodes.</summary>
    public const int MaxNodes = QuorumSystem.MaxAcceptors;

    /// <summary>Most ids of removed nodes that are remembered.</summary>
    public const int MaxRemoved = 256;

    private const int MaxAddressLength = 300;

    /// <summary>Whether no node has ever been added or removed.</summary>
    public bool IsFounding => Epoch == 0;

    /// <summary>The quorums of the register once it is held by the voters.</summary>
    public QuorumSystem VoterQuorums => new(VoterIds);

    /// <summary>The ids of the voters.</summary>
    public IEnumerable<string> VoterIds => Nodes.Where(node => node.Role == NodeRole.Voter).Select(node => node.Id);

    /// <summary>The nodes that a cluster began with.</summary>
    /// <param name="peers">Who they are.</param>
    /// <param name="voters">How many voters it wants; 0 for the default.</param>
    public static NodeList Founding(IEnumerable<KeyValuePair<string, Uri>> peers, int voters = 0)
    {
        ImmutableArray<ListedNode> nodes = Sorted(peers.Select(peer => new ListedNode(peer.Key, peer.Value, NodeRole.Voter)));
        return new NodeList(0, Math.Max(voters == 0 ? DefaultVoters : voters, nodes.Length), nodes, []);
    }

    public ListedNode? Find(string id)
    {
        foreach (ListedNode node in Nodes)
        {
            if (node.Id == id)
                return node;
        }

        return null;
    }

    /// <summary>The list with one more node. One that has joined already, at the same address, changes nothing.</summary>
    /// <exception cref="NodeChangeException">The id or the address is another node's, or there are too many.</exception>
    public NodeList Adding(string id, Uri address, NodeRole role)
    {
        RequireNode(id, address);
        if (Find(id) is { } known)
        {
            return known.Address == address ? this : throw new NodeChangeException(
                $"There is a node {id} already, at {known.Address}; give the new one an id of its own.");
        }

        RequireNotRemoved(id);
        if (Nodes.FirstOrDefault(node => node.Address == address) is { } other)
            throw new NodeChangeException($"At {address} is {other.Id}; give the new node an address of its own.");
        return Nodes.Length < MaxNodes
            ? Next(Nodes.Add(new ListedNode(id, address, role)))
            : throw new NodeChangeException($"The cluster has its limit of {MaxNodes} nodes.");
    }

    /// <summary>The list without a node, whose id nobody may have any more. One that is gone already changes nothing.</summary>
    /// <exception cref="NodeChangeException">There never was such a node, or it is the last voter.</exception>
    public NodeList Removing(string id)
    {
        if (Removed.Contains(id) && Find(id) is null)
            return this;
        ListedNode node = Require(id);
        ImmutableArray<string> removed = Removed.Add(id);
        NodeList next = Next(Nodes.Remove(node)) with
        {
            Removed = removed.Length > MaxRemoved ? removed.RemoveAt(0) : removed,
        };
        return next.VoterIds.Any() ? next : throw new NodeChangeException($"{id} is the only voter, and must stay.");
    }

    /// <summary>The list with another node in a node's place: it gets its role.</summary>
    /// <exception cref="NodeChangeException">There is no such node, or the other is a voter.</exception>
    public NodeList Replacing(string id, string by)
    {
        if (id == by)
            throw new NodeChangeException($"{id} cannot take its own place.");
        if (Removed.Contains(id) && Find(id) is null && Find(by) is { Role: NodeRole.Voter })
            return this;
        NodeRole role = Require(id).Role;
        if (Require(by).Role == NodeRole.Voter)
            throw new NodeChangeException($"{by} is a voter already, and has no place to take; to do without {id}, remove it.");
        return WithRole(by, role).Removing(id) with { Epoch = Epoch + 1 };
    }

    /// <summary>The list with one voter more. Wants as many, if it did not before.</summary>
    /// <exception cref="NodeChangeException">There is no such node, or there are too many voters.</exception>
    public NodeList Promoting(string id)
    {
        NodeList next = WithRole(id, NodeRole.Voter);
        int voters = next.VoterIds.Count();
        return voters <= QuorumClusteringOptions.MaxPeers
            ? next with { Voters = Math.Max(next.Voters, voters) }
            : throw new NodeChangeException($"There are {QuorumClusteringOptions.MaxPeers} voters, and that is the limit.");
    }

    /// <summary>The list with one voter less, who becomes a standby. Wants no more than there are left.</summary>
    /// <exception cref="NodeChangeException">There is no such node, or it is the last voter.</exception>
    public NodeList Demoting(string id)
    {
        NodeList next = WithRole(id, NodeRole.Standby);
        if (next == this)
            return this;
        int voters = next.VoterIds.Count();
        return voters > 0
            ? next with { Voters = voters }
            : throw new NodeChangeException($"{id} is the only voter, and must stay.");
    }

    /// <summary>The list with a node at another address.</summary>
    public NodeList Moving(string id, Uri address)
    {
        RequireNode(id, address);
        ListedNode node = Require(id);
        return node.Address == address ? this : Next(Nodes.Replace(node, node with { Address = address }));
    }

    private NodeList WithRole(string id, NodeRole role)
    {
        ListedNode node = Require(id);
        return node.Role == role ? this : Next(Nodes.Replace(node, node with { Role = role }));
    }

    private NodeList Next(IEnumerable<ListedNode> nodes) => this with { Epoch = Epoch + 1, Nodes = Sorted(nodes) };

    private ListedNode Require(string id)
    {
        if (Find(id) is { } node)
            return node;
        RequireNotRemoved(id);
        throw new NodeChangeException(
            $"There is no node '{id}'; the nodes are {string.Join(", ", Nodes.Select(each => each.Id))}.");
    }

    private void RequireNotRemoved(string id)
    {
        if (Removed.Contains(id))
            throw new NodeChangeException($"{id} was removed from this cluster; a new node needs an id of its own.");
    }

    /// <summary>Refuses what cannot be a node.</summary>
    /// <exception cref="NodeChangeException">The id or the address is none.</exception>
    public static void RequireNode(string id, Uri address)
    {
        if (!Names.IsNodeOrCluster(id))
            throw new NodeChangeException($"The node id '{id}' must be 1 to {Names.MaxLength} letters, digits, '-' or '_'.");
        if (address is not { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" }
            || address.Port is 0
            || address.Host is "0.0.0.0" or "[::]"
            || address.OriginalString.Length > MaxAddressLength)
        {
            throw new NodeChangeException($"The address '{address}' of {id} is not of the form http://HOST:PORT.");
        }
    }

    private static ImmutableArray<ListedNode> Sorted(IEnumerable<ListedNode> nodes) =>
        [.. nodes.OrderBy(node => node.Id, StringComparer.Ordinal)];
}

/// <summary>A change of the list of nodes that is refused; the message says why.</summary>
internal class NodeChangeException(string message) : Exception(message), IOperatorError;

/// <summary>The list is not the one that was to be changed.</summary>
internal sealed class NodeListChangedException(string message) : NodeChangeException(message);
