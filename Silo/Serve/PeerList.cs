using System.Net;

namespace Doozer.Silo.Serve;

/// <summary>Reads <c>n1=HOST:PORT,n2=HOST:PORT</c>: all nodes of the cluster, this one included, in the same order everywhere.</summary>
internal static class PeerList
{
    private const int MaxPeers = 99;

    public static IReadOnlyList<Peer> Parse(string text, HostPort.Resolver resolve)
    {
        const string Flag = "--peers";
        string[] entries = text.Split(',', StringSplitOptions.TrimEntries);
        if (entries.Length > MaxPeers)
            throw new SettingsException($"{Flag} names {entries.Length} nodes; at most {MaxPeers} are allowed.");

        var peers = new List<Peer>(entries.Length);
        foreach (string entry in entries)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                throw new SettingsException($"{Flag} needs ID=HOST:PORT[,ID=HOST:PORT...], not '{entry}'.");

            string id = Names.Check(Flag, "node id", entry[..equals]);
            IPEndPoint silo = Addresses.Specific(Flag, HostPort.Parse(Flag, entry[(equals + 1)..], resolve));
            if (peers.Exists(p => p.Id == id))
                throw new SettingsException($"{Flag} names the node '{id}' twice.");
            if (peers.Find(p => p.Silo.Equals(silo)) is { } other)
                throw new SettingsException($"{Flag} gives the nodes '{other.Id}' and '{id}' the same address {silo}.");

            peers.Add(new Peer(id, silo));
        }

        return peers;
    }
}
