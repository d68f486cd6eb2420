namespace Doozer.Simulation;

/// <summary>Partitions of every shape.</summary>
internal sealed class LinkFaults(SimulationCluster cluster, Random random)
{
    /// <summary>Cuts a node off from all others.</summary>
    public void Isolate(SimulationNode node)
    {
        cluster.Story.Tell($"{node.Name} is cut off");
        foreach (SimulationNode other in cluster.Nodes)
            cluster.Network.CutBothWays(node.Name, other.Name);
    }

    /// <summary>Lets nobody hear a node.</summary>
    public void Mute(SimulationNode node)
    {
        cluster.Story.Tell($"nobody hears {node.Name}");
        foreach (SimulationNode other in cluster.Nodes)
            cluster.Network.Cut(node.Name, other.Name);
    }

    /// <summary>Lets one node not hear another.</summary>
    public void CutOneWay(SimulationNode node)
    {
        SimulationNode deaf = cluster.Nodes[random.Next(cluster.Nodes.Count)];
        cluster.Story.Tell($"{deaf.Name} does not hear {node.Name}");
        cluster.Network.Cut(node.Name, deaf.Name);
    }

    /// <summary>Leaves each node a link to its neighbours only.</summary>
    public void CutChain()
    {
        cluster.Story.Tell("only neighbours hear each other");
        for (int i = 0; i < cluster.Nodes.Count; i++)
        {
            for (int j = i + 2; j < cluster.Nodes.Count; j++)
                cluster.Network.CutBothWays(cluster.Nodes[i].Name, cluster.Nodes[j].Name);
        }
    }

    /// <summary>Leaves only the links of one node.</summary>
    public void LeaveHub(SimulationNode hub)
    {
        cluster.Story.Tell($"only {hub.Name} hears the others");
        foreach (SimulationNode one in cluster.Nodes)
        {
            foreach (SimulationNode other in cluster.Nodes)
            {
                if (one != hub && other != hub)
                    cluster.Network.Cut(one.Name, other.Name);
            }
        }
    }

    /// <summary>Cuts all links between two sides.</summary>
    public void Split()
    {
        int side = random.Next(1 << cluster.Nodes.Count);
        cluster.Story.Tell("the network splits: " +
            $"{string.Join(", ", cluster.Nodes.Where((_, i) => (side >> i & 1) == 0).Select(node => node.Name))} and the others");
        for (int i = 0; i < cluster.Nodes.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if ((side >> i & 1) != (side >> j & 1))
                    cluster.Network.CutBothWays(cluster.Nodes[i].Name, cluster.Nodes[j].Name);
            }
        }
    }
}
