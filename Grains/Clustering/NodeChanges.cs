using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>Changes the list of nodes, unless that would leave the cluster without a quorum.</summary>
internal sealed class NodeChanges(ClusteringNode node, QuorumMembershipTable table)
{
    private const int MaxAttempts = 10;

    /// <summary>Tells why a node cannot become a voter now; null when it can. Set by who knows more than the register.</summary>
    public Func<string, CancellationToken, Task<string?>> FaultInVoter { get; set; } =
        static (_, _) => Task.FromResult<string?>(null);

    /// <summary>The list that counts.</summary>
    /// <exception cref="ClusteringException">There is no quorum.</exception>
    public async Task<NodeList> Read(CancellationToken cancellation)
    {
        MembershipImage image = await table.ReadImage(cancellation);
        return image.Nodes ?? node.Nodes.Founding;
    }

    /// <summary>A number of starts that no silo in the table has.</summary>
    /// <exception cref="ClusteringException">There is no quorum.</exception>
    public async Task<long> FirstStart(CancellationToken cancellation)
    {
        MembershipImage image = await table.ReadImage(cancellation);
        return 1 + image.Rows.Select(row => CountedSiloDetails.StartOf(row.Entry.SiloAddress)).DefaultIfEmpty().Max();
    }

    /// <summary>Does what is asked for.</summary>
    /// <exception cref="NodeChangeException">It is refused.</exception>
    /// <exception cref="ClusteringException">There is no quorum.</exception>
    public async Task<NodeList> Apply(NodeChangeRequest request, CancellationToken cancellation)
    {
        if (request.Cluster is { } cluster && cluster != node.Cluster)
            throw new NodeChangeException($"{node.Node} belongs to cluster '{node.Cluster}', not '{cluster}'.");
        if (request.Change == NodeChangeRequest.Known)
            return node.Nodes.List;
        if (request.Change == NodeChangeRequest.Refresh)
            return await Read(cancellation);
        Func<NodeList, NodeList> change = ChangeOf(request);
        RequireUnrepeatable(request);
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            NodeList now = await Read(cancellation);
            await RequireQuorum(now, change(now), cancellation);
            if (await TryApply(change, request.Epoch ?? now.Epoch, cancellation) is { } changed)
                return changed;
            if (request.Epoch is not null)
                break;
        }

        throw new NodeListChangedException("The list of nodes has changed meanwhile; look at it again.");
    }

    /// <summary>
    /// Changes the list, if it is still the one of an epoch or has the change already, and tells the other nodes.
    /// </summary>
    /// <returns>Null when it is another one.</returns>
    public async Task<NodeList?> TryApply(Func<NodeList, NodeList> change, long epoch, CancellationToken cancellation)
    {
        NodeList? changed = null;
        await table.Change(
            image =>
            {
                NodeList before = image.Nodes ?? node.Nodes.Founding;
                NodeList next = change(before);
                changed = next == before || before.Epoch == epoch ? next : null;
                return changed is null || next == before ? null : image with { Nodes = next };
            },
            cancellation);
        if (changed is null)
            return null;
        node.Nodes.Learn(changed);
        TellOthers(changed);
        return changed;
    }

    /// <summary>Puts this node's address into the list, if it was started with another one.</summary>
    public async Task TellIfMoved(CancellationToken cancellation)
    {
        Uri own = node.Options.Addresses[node.Node];
        if (node.Nodes.List.Find(node.Node) is { } listed && listed.Address != own)
            await TryApply(list => list.Moving(node.Node, own), node.Nodes.List.Epoch, cancellation);
    }

    /// <summary>Makes the voters the acceptors of the register.</summary>
    public async Task Settle(CancellationToken cancellation)
    {
        QuorumSystem wanted = node.Nodes.List.VoterQuorums;
        if (node.Register.Members.Are(wanted))
            return;
        await node.Register.ChangeMembers(wanted, cancellation);
        node.FindNodes();
    }

    private static Func<NodeList, NodeList> ChangeOf(NodeChangeRequest request)
    {
        string id = request.Node ?? throw new NodeChangeException("Which node? 'node' is missing.");
        switch (request.Change)
        {
            case NodeChangeRequest.Join:
            case NodeChangeRequest.Add:
                Uri address = Uri.TryCreate(request.Address, UriKind.Absolute, out Uri? parsed)
                    ? parsed
                    : throw new NodeChangeException($"'{request.Address}' is not an address of the form http://HOST:PORT.");
                NodeRole role = RoleOf(request.Role);
                return list =>
                {
                    RequireOneNetwork(list, id, address);
                    return list.Adding(id, address, role);
                };
            case NodeChangeRequest.Remove:
                return list => list.Removing(id);
            case NodeChangeRequest.Replace:
                string by = request.By ?? throw new NodeChangeException("By which node? 'by' is missing.");
                return list => list.Replacing(id, by);
            case NodeChangeRequest.Promote:
                return list => list.Promoting(id);
            case NodeChangeRequest.Demote:
                return list => list.Demoting(id);
            default:
                throw new NodeChangeException($"There is no change '{request.Change}' of the list of nodes.");
        }
    }

    // Whoever records a signed request can send it again, and could undo what has been done since. One that joins knows no epoch;
    // it is in the list already, or was removed and may not come back.
    private void RequireUnrepeatable(NodeChangeRequest request)
    {
        if (node.Seal.HasSecret && request.Change != NodeChangeRequest.Join && request.Epoch is null)
            throw new NodeChangeException("Which list? 'epoch' is missing, and a signed change needs it.");
    }

    private static NodeRole RoleOf(string? text) => text switch
    {
        null or "standby" => NodeRole.Standby,
        "observer" => NodeRole.Observer,
        _ => throw new NodeChangeException($"A node joins as standby or observer, not as '{text}'."),
    };

    // One on loopback is nowhere to the others, and they are nowhere it can call.
    private static void RequireOneNetwork(NodeList list, string id, Uri address)
    {
        bool isLoopback = QuorumClusteringOptionsValidator.IsLoopback(address);
        if (list.Nodes.FirstOrDefault(
            other => other.Id != id && QuorumClusteringOptionsValidator.IsLoopback(other.Address) != isLoopback) is { } other)
        {
            throw new NodeChangeException(isLoopback
                ? $"{id} is at {address}, which {other.Id} at {other.Address} cannot reach: give {id} an address of the network."
                : $"{other.Id} is at {other.Address}, which {id} at {address} cannot reach: start {other.Id} with an address " +
                    "of the network.");
        }
    }

    /// <summary>
    /// Refuses what would leave the voters without a majority that is there now, and a new voter that cannot take part.
    /// </summary>
    private async Task RequireQuorum(NodeList now, NodeList next, CancellationToken cancellation)
    {
        string[] voters = [.. next.VoterIds];
        string[] before = [.. now.VoterIds];
        if (voters.AsSpan().SequenceEqual(before))
            return;
        string[] added = [.. voters.Except(before)];
        bool[] answers = await Task.WhenAll(voters.Select(voter => node.IsThere(voter)));
        string[] missing = [.. voters.Where((_, index) => !answers[index])];
        if (added.Intersect(missing).FirstOrDefault() is { } absent)
            throw new NodeChangeException($"{absent} does not answer, so it cannot become a voter now.");
        var quorums = new QuorumSystem(voters);
        if (voters.Length - missing.Length < quorums.Phase2)
        {
            throw new NodeChangeException(
                $"The voters would be {string.Join(", ", voters)}, of which {string.Join(", ", missing)} " +
                $"{(missing.Length == 1 ? "does" : "do")} not answer: without {quorums.Phase2} of {voters.Length} nothing " +
                "could be written. Bring them back, or replace or remove them first.");
        }

        foreach (string voter in added)
        {
            if (await FaultInVoter(voter, cancellation) is { } fault)
                throw new NodeChangeException(fault);
        }
    }

    private void TellOthers(NodeList list)
    {
        foreach (string other in node.Nodes.Others.Concat(list.Removed.TakeLast(1)))
            _ = node.TellOfNodes(other);
    }
}
