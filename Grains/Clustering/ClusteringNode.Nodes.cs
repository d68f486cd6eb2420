namespace Doozer.Clustering;

/// <summary>The list of nodes.</summary>
internal sealed partial class ClusteringNode
{
    /// <summary>The nodes of the cluster.</summary>
    public KnownNodes Nodes { get; }

    /// <summary>By which they change.</summary>
    public NodeChanges Changes { get; }

    public MessageSeal Seal { get; }

    /// <summary>What a node that joins is told besides; the application's.</summary>
    public Func<IReadOnlyDictionary<string, string>> Facts { get; set; } = static () => new Dictionary<string, string>();

    /// <summary>What a node that was removed does before it stops.</summary>
    public Func<Task> BeforeLeaving { get; set; } = static () => Task.CompletedTask;

    /// <summary>Finds the nodes where the list says, and those that hold the register where they were.</summary>
    public void FindNodes()
    {
        if (_register is { } register)
            Peers.SetAddresses(Nodes.AddressesWith(register.Members.Acceptors));
    }

    /// <summary>Whether a node answers.</summary>
    public async Task<bool> IsThere(string node) => node == Node || await Peers.Ask(node, RegisterRequest.Hello) is not null;

    /// <summary>Has a node read the list of nodes; if it cannot be reached it does so by itself, later.</summary>
    public Task TellOfNodes(string node) => Send(node, NodeChangeRequest.Refresh);

    private string WasRemoved =>
        $"{Node} was removed from the cluster {Cluster}; to come back it needs a new id, an empty data directory, and --join";

    private void OnNodesChanged(NodeList list)
    {
        LogNodes(Node, list.Epoch, string.Join(", ", list.Nodes.Select(node => $"{node.Id} ({NodeRoles.NameOf(node.Role)})")));
        FindNodes();
        if (Nodes.IsRemoved)
            _ = Leave();
    }

    // Those that this node knows may have changed while it was away: any of them knows who there is now.
    private async Task AskForNodes()
    {
        foreach (NodeList? list in await Task.WhenAll(Nodes.Others.Select(other => Send(other, NodeChangeRequest.Known))))
            Nodes.Learn(list);
        if (Nodes.IsRemoved)
            throw new ClusteringException(WasRemoved);
    }

    /// <returns>The list that the node tells, or null.</returns>
    private async Task<NodeList?> Send(string node, string change)
    {
        if (Nodes.AddressOf(node) is not { } address)
            return null;
        try
        {
            NodeListAnswer answer = await _others.Send(address, new NodeChangeRequest(change, Guid.NewGuid()), _stopping.Token);
            return IsOfThisCluster(answer) ? answer.List.ToList() : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or ClusteringException or NodeChangeException
            or InvalidDataException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    // Where a node was there may be one of another cluster now, and many clusters have the default name.
    private bool IsOfThisCluster(NodeListAnswer answer) =>
        answer.Cluster == Cluster && Quorums.Acceptors.SequenceEqual(answer.Founders.Keys.Order(StringComparer.Ordinal));

    private async Task Leave()
    {
        try
        {
            await BeforeLeaving();
        }
        finally
        {
            _failure.Stop(WasRemoved);
        }
    }

    private MembershipImage RequireListed(MembershipImage image)
    {
        Nodes.Learn(image.Nodes);
        if (!Nodes.IsRemoved)
            return image;
        _failure.Stop(WasRemoved);
        throw new ClusteringException(WasRemoved);
    }

    // Another process that answers at this node's own address runs under its id. Nobody there, or no peer, does not matter.
    private async Task RequireOwnId()
    {
        if (_options.Addresses.Count > 1 || !Nodes.List.IsFounding)
            await Peers.Ask(Node, RegisterRequest.Hello);
        ClusteringException.ThrowIfStopped(_failure);
    }
}
