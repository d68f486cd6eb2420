using Doozer.Clustering;

namespace Doozer.Silo.Serve;

/// <summary>
/// Reads <c>n1=HOST[:PORT],n2=HOST[:PORT]</c>: all nodes of the cluster, this one included, by their HTTP addresses. The hosts of
/// others are not looked up here: they may get their addresses later, or new ones.
/// </summary>
internal static class PeerList
{
    private const string Flag = "--peers";

    public static IReadOnlyList<NodeAddress> Parse(string text)
    {
        string[] entries = text.Split(',', StringSplitOptions.TrimEntries);
        if (entries.Length > QuorumClusteringOptions.MaxPeers)
        {
            throw new SettingsException($"{Flag} names {entries.Length} nodes; at most {QuorumClusteringOptions.MaxPeers} are " +
                "allowed.");
        }

        var peers = new List<NodeAddress>(entries.Length);
        foreach (string entry in entries)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw new SettingsException($"{Flag} needs ID=HOST[:PORT][,ID=HOST[:PORT]...], not '{entry}'.");

            string id = NameSetting.Check(Flag, "node id", entry[..equals]);
            var where = HostPort.Parse(Flag, entry[(equals + 1)..], DefaultPorts.Http);
            if (where.IsWildcard)
                throw new SettingsException($"{Flag} needs an address that other nodes can connect to, not '{where}'.");
            var address = new Uri($"http://{where}");
            if (peers.Exists(p => p.Id == id))
                throw new SettingsException($"{Flag} names the node '{id}' twice.");
            if (peers.Find(p => p.Address == address) is { } other)
                throw new SettingsException($"{Flag} gives the nodes '{other.Id}' and '{id}' the same address {where}.");

            peers.Add(new NodeAddress(id, address));
        }

        // Nodes compare their lists; the order they were typed in is no difference.
        peers.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        return peers;
    }
}
