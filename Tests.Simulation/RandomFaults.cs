using Doozer.Paxos;
using Doozer.Replicas;

namespace Doozer.Simulation;

/// <summary>
/// Breaks and mends things at random: crashes, restarts, pauses, partitions of every shape, disks, clocks, hand-overs.
/// </summary>
internal sealed class RandomFaults(SimulationCluster cluster, RunTheme theme, Weather weather, Crowd crowd, Random random)
{
    private readonly LinkFaults _links = new(cluster, random);
    private SimulationNode? _outcast;
    private bool _ended;

    public int Count { get; private set; }

    /// <summary>Lets faults come until then.</summary>
    public void Begin(long until) =>
        cluster.Clock.Schedule(1 + (random.Next(2 * weather.Calm) * SimulationClock.Millisecond), () =>
    {
        if (cluster.Clock.Now >= until)
            return;
        Strike();
        Begin(until);
    });

    /// <summary>
    /// Cuts off whoever leads soon after it does, and takes back the one before: each has slots in flight that the others, but
    /// perhaps for one, do not know of, so that elections find different batches for one slot.
    /// </summary>
    public void BeginChurn(long until) => cluster.Clock.Schedule(random.Next(1, 25) * SimulationClock.Millisecond, () =>
    {
        if (cluster.Clock.Now >= until)
            return;
        if (weather.Churns && cluster.Nodes.FirstOrDefault(node => node.Leads && node != _outcast) is { } leader)
        {
            _outcast = leader;
            cluster.Network.HealAll();
            _links.Isolate(leader);
            if (random.Next(2) == 0)
            {
                SimulationNode confidant = AnyNode();
                cluster.Story.Tell($"but for {confidant.Name}");
                cluster.Network.Heal(leader.Name, confidant.Name);
            }

            Crowd(leader);
            ReadAt(leader);
            if (random.Next(3) == 0)
                Deceive(leader);
            Count++;
        }

        BeginChurn(until);
    });

    /// <summary>Lets connections to nodes end that are alive.</summary>
    public void BeginResets(long until)
    {
        if (!cluster.ConnectionsAreWatched)
            return;
        cluster.Clock.Schedule(random.Next(1, 2000) * SimulationClock.Millisecond, () =>
        {
            if (cluster.Clock.Now >= until)
                return;
            cluster.EndConnections(Pick());
            BeginResets(until);
        });
    }

    /// <summary>Writes in flight at a leader, as many as it opens slots for, and more.</summary>
    private void Crowd(SimulationNode leader)
    {
        int count = theme == RunTheme.LongTails ? random.Next(1, 60) : random.Next(1, 12);
        foreach (string @namespace in cluster.Namespaces)
            leader.Enter(@namespace, replica => crowd.Write(replica, count));
    }

    /// <summary>Reads at a node as long as it believes that it leads, though others may lead by then.</summary>
    private void ReadAt(SimulationNode node)
    {
        for (int i = 0; i < 8; i++)
        {
            cluster.Clock.Schedule(random.Next(2 * cluster.ElectionTimeout) * SimulationClock.Millisecond, () =>
            {
                foreach (string @namespace in cluster.Namespaces)
                    cluster.Read(node, @namespace);
            });
        }
    }

    /// <summary>
    /// Lets a leader that is cut off believe for long that it leads, for its clock is slow, and hear late what others once
    /// answered it.
    /// </summary>
    private void Deceive(SimulationNode leader)
    {
        cluster.Story.Tell($"{leader.Name} has a slow clock, and what it was sent before comes late");
        leader.Tick = 4 * SimulationCluster.TickMicroseconds;
        cluster.Clock.Schedule(
            2 * cluster.ElectionTimeout * SimulationClock.Millisecond, () => leader.Tick = SimulationCluster.TickMicroseconds);
        for (int i = 0; i < 8; i++)
        {
            cluster.Clock.Schedule(random.Next(2 * cluster.ElectionTimeout) * SimulationClock.Millisecond, () =>
            {
                foreach (string @namespace in cluster.Namespaces)
                    cluster.Read(leader, @namespace);
                cluster.Network.Late(leader.Name);
            });
        }
    }

    /// <summary>
    /// Lets a follower stand against a leader that knows nothing of it and goes on, by an order to take over that comes late.
    /// Late questions of that leader are answered by those who may follow the other by then.
    /// </summary>
    private void Usurp()
    {
        string @namespace = cluster.Namespaces[random.Next(cluster.Namespaces.Count)];
        if (cluster.LeaderOf(@namespace) is not { } leader || AnyNode() is var usurper && usurper == leader)
            return;
        Replica led = leader.Process!.Find(@namespace)!.Driver.Protocol;
        cluster.Story.Tell($"{usurper.Name} is told to take over {@namespace} from {leader.Name}");
        if (random.Next(2) == 0)
            cluster.Network.Cut(usurper.Name, leader.Name);
        if (random.Next(2) == 0)
            _links.Mute(leader);
        Stray(leader, usurper, @namespace, new TransferLeadership(led.Promised) { From = leader.Name }, 0);
        for (int i = 0; i < 12; i++)
        {
            cluster.Clock.Schedule(
                random.Next(60) * SimulationClock.Millisecond,
                () => AnyOf(leader, usurper).Enter(@namespace, replica => crowd.Write(replica, random.Next(1, 6))));
            Stray(leader, AnyNode(), @namespace, new LearnRequest(led.ChosenThrough + 1) { From = leader.Name }, random.Next(60));
        }

        ReadAt(leader);
    }

    /// <summary>A message that was sent once, it may be thought, and comes only now.</summary>
    private void Stray(SimulationNode from, SimulationNode to, string @namespace, Message message, int milliseconds)
    {
        byte[] header = PeerEnvelope.Header(EnvelopeKind.Messages, from.Name, from.Disk.Incarnation, cluster.Quorums.ToString());
        byte[] envelope = MessageCodec.Encode([message], header);
        cluster.Clock.Schedule(
            milliseconds * SimulationClock.Millisecond, () => to.Enter(@namespace, replica => replica.Deliver(envelope)));
    }

    /// <summary>Everything works from here on.</summary>
    public void End()
    {
        cluster.Story.Tell("faults end");
        _ended = true;
        weather.Clear();
        cluster.Network.HealAll();
        foreach (SimulationNode node in cluster.Nodes)
        {
            node.Disk.MinSync = 200;
            node.Disk.MaxSync = 3000;
            node.Disk.CancelFailures();
            node.Tick = SimulationCluster.TickMicroseconds;
            node.Resume();
            node.Start();

            // One that has just given up goes only now.
            cluster.Clock.Schedule(10 * SimulationClock.Millisecond, node.Start);
        }
    }

    private void Strike()
    {
        Count++;
        SimulationNode node = Pick();
        switch (theme == RunTheme.PowerCuts && random.Next(2) == 0 ? 2 : random.Next(28))
        {
            case 0:
                node.Crash();
                break;
            case 1:
                node.Kill();
                break;
            case 2:
                CutPower(node);
                break;
            case 3:
                node.Disk.FailFlush();
                break;
            case 4 or 5 or 6 or 7:
                Down().Start();
                break;
            case 8:
                _links.Isolate(node);
                break;
            case 9:
                _links.CutOneWay(node);
                break;
            case 10:
                _links.CutChain();
                break;
            case 11:
                _links.LeaveHub(node);
                break;
            case 12:
                _links.Split();
                break;
            case 13:
                node.TransferLeadership();
                break;
            case 14:
                SlowDown(node);
                break;
            case 15:
                // Clocks that agree only roughly are normal; now and then one is far off.
                node.Tick = random.Next(8) == 0 ? random.Next(2000, 40_000) : random.Next(9000, 11_001);
                break;
            case 16 or 17:
                node.Pause(random.Next(10, random.Next(2) == 0 ? 150 : 3000) * SimulationClock.Millisecond);
                break;
            case 24 or 25 or 26 or 27:
                Usurp();
                break;
            case 18 when random.Next(8) == 0:
                foreach (SimulationNode each in cluster.Nodes)
                    each.Crash();
                break;
            default:
                cluster.Story.Tell("links are healed");
                cluster.Network.HealAll();
                Down().Start();
                break;
        }
    }

    /// <summary>Soon, in the middle of something; and often again as soon as the node has started.</summary>
    private void CutPower(SimulationNode node)
    {
        node.Disk.EndAfter(random.Next(1, random.Next(2) == 0 ? 12 : 60), random.Next(4) == 0);
        if (theme != RunTheme.PowerCuts)
            return;
        for (int i = random.Next(8); i > 0; i--)
        {
            cluster.Clock.Schedule(random.Next(5, 200) * SimulationClock.Millisecond, () =>
            {
                if (_ended)
                    return;
                node.Start();
                if (random.Next(16) == 0)
                    node.Disk.FailFlush();
                else
                    node.Disk.EndAfter(random.Next(1, 30), random.Next(8) == 0);
                if (cluster.Nodes.FirstOrDefault(each => each.Leads) is { } leader)
                    Crowd(leader);
            });
        }
    }

    private void SlowDown(SimulationNode node)
    {
        int most = random.Next(4) == 0 ? 1_000_000 : 80_000;
        node.Disk.MaxSync = 200 + random.Next(most);
        node.Disk.MinSync = random.Next(2) == 0 ? 200 : node.Disk.MaxSync / 2;
        cluster.Story.Tell($"the disk of {node.Name} takes up to {node.Disk.MaxSync / 1000} ms");
    }

    /// <summary>
    /// Often the leader: what tests recovery is a leader that goes while slots are in flight, and another that goes before all
    /// have learned what it made of them.
    /// </summary>
    private SimulationNode Pick() =>
        random.Next(2) == 0 && cluster.Nodes.FirstOrDefault(node => node.Leads) is { } leader ? leader : AnyNode();

    private SimulationNode Down() => cluster.Nodes.FirstOrDefault(node => node.Process is null) ?? AnyNode();

    private SimulationNode AnyOf(SimulationNode one, SimulationNode other) => random.Next(2) == 0 ? one : other;

    private SimulationNode AnyNode() => cluster.Nodes[random.Next(cluster.Nodes.Count)];
}
