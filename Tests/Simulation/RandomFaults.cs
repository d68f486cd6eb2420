namespace Doozer.Tests.Simulation;

/// <summary>Breaks and mends things at random: crashes, restarts, partitions of every shape, slow disks, wrong clocks, hand-overs.</summary>
internal sealed class RandomFaults(SimulationCluster cluster)
{
    private readonly Random _random = cluster.Random;
    private SimulationNode? _outcast;

    /// <summary>
    /// Cuts off whoever leads soon after it does, and takes back the one before: each has slots in flight that the others do not
    /// know of, so that elections find different batches for one slot.
    /// </summary>
    public void Churn()
    {
        if (_random.Next(12) != 0 || cluster.Nodes.FirstOrDefault(node => node.Leads && node != _outcast) is not { } leader)
            return;
        _outcast = leader;
        cluster.Network.HealAll();
        Isolate(leader);
    }

    public void Strike()
    {
        var network = cluster.Network;
        var node = Pick();
        switch (_random.Next(13))
        {
            case 0 or 1:
                node.Crash();
                break;
            case 2 or 3 or 4:
                node.Start();
                break;
            case 5:
                Isolate(node);
                break;
            case 6:
                var deaf = Pick();
                cluster.Trace($"{deaf.Name} does not hear {node.Name}");
                network.Cut(node.Name, deaf.Name);
                break;
            case 7:
                CutChain();
                break;
            case 8:
                node.TransferLeadership();
                node.Drain();
                break;
            case 9:
                node.Disk.MaxSync = _random.Next(60);
                break;
            case 10:
                node.TickMilliseconds = 2 + _random.Next(40);
                break;
            case 11 when _random.Next(8) == 0:
                foreach (var each in cluster.Nodes)
                    each.Crash();
                break;
            default:
                cluster.Trace("links are healed");
                network.HealAll();
                node.Start();
                break;
        }
    }

    /// <summary>Everything works from here on.</summary>
    public void End()
    {
        cluster.Trace("faults end");
        cluster.Network.HealAll();
        cluster.Network.Loss = 0;
        cluster.Network.Stragglers = 0;
        foreach (var node in cluster.Nodes)
        {
            node.Disk.MaxSync = 3;
            node.TickMilliseconds = SimulationCluster.TickMilliseconds;
            node.Start();
        }
    }

    private void Isolate(SimulationNode node)
    {
        cluster.Trace($"{node.Name} is cut off");
        foreach (var other in cluster.Nodes)
            cluster.Network.CutBothWays(node.Name, other.Name);
    }

    /// <summary>Leaves each node a link to its neighbours only.</summary>
    private void CutChain()
    {
        cluster.Trace("only neighbours hear each other");
        for (var i = 0; i < cluster.Nodes.Count; i++)
        {
            for (var j = i + 2; j < cluster.Nodes.Count; j++)
                cluster.Network.CutBothWays(cluster.Nodes[i].Name, cluster.Nodes[j].Name);
        }
    }

    /// <summary>
    /// Often the leader: what tests recovery is a leader that goes while slots are in flight, and another that goes before all
    /// have learned what it made of them.
    /// </summary>
    private SimulationNode Pick() => _random.Next(2) == 0 && cluster.Nodes.FirstOrDefault(node => node.Leads) is { } leader
        ? leader
        : cluster.Nodes[_random.Next(cluster.Nodes.Count)];
}
