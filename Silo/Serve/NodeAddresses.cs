using Doozer.Clustering;

namespace Doozer.Silo.Serve;

/// <summary>The nodes of the cluster, as this node knows them now.</summary>
internal sealed class NodeAddresses(KnownNodes nodes)
{
    private volatile Known? _known;

    /// <summary>All of them. The same list as long as nothing has changed.</summary>
    public IReadOnlyList<NodeAddress> All
    {
        get
        {
            NodeList list = nodes.List;
            if (_known is not { } known || known.From != list)
            {
                known = new Known(list, [.. list.Nodes.Select(node => new NodeAddress(node.Id, nodes.AddressOf(node.Id)!))]);
                _known = known;
            }

            return known.Addresses;
        }
    }

    private sealed record Known(NodeList From, IReadOnlyList<NodeAddress> Addresses);
}
