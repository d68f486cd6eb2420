using Doozer.Paxos;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>The replicas of a trace and the network between them. Nothing moves by itself.</summary>
internal sealed class TraceCluster
{
    /// <summary>More rounds of messages than any exchange takes that comes to an end.</summary>
    private const int MaxRounds = 100;

    private readonly TraceTickets _tickets = new();
    private readonly TraceNetwork _network;
    private readonly List<TraceNode> _nodes;
    private readonly QuorumSystem _quorums;
    private readonly Action<string> _tell;

    public TraceCluster(IReadOnlyList<string> names, Action<string> tell)
    {
        _tell = tell;
        _network = new TraceNetwork(tell);
        _quorums = new QuorumSystem(names);
        _nodes = [.. names.Select((name, place) => new TraceNode(name, place, _quorums, _tickets, tell, Send))];
        foreach (TraceNode node in _nodes)
            node.Start();
    }

    public TraceNetwork Network => _network;

    public TraceNode Node(string name) =>
        _nodes.Find(node => node.Name == name) ?? throw new InvalidOperationException($"There is no node {name}.");

    /// <summary>A new node, of which all others know.</summary>
    public void Join(string name)
    {
        _nodes.Add(new TraceNode(name, _nodes.Count, _quorums, _tickets, _tell, Send));
        foreach (TraceNode node in _nodes)
            node.Join([.. _nodes.Select(each => each.Name)]);
        _nodes[^1].Start();
    }

    /// <summary>Time passes at all nodes that are up.</summary>
    public void TickAll()
    {
        foreach (TraceNode node in _nodes.Where(node => node.IsUp))
            node.Tick();
    }

    /// <summary>Delivers what is on its way now; what that makes the receivers send stays on its way.</summary>
    public void Deliver(string from, string to)
    {
        List<Outgoing> taken = _network.Take(from, to);
        if (taken.Count == 0)
            throw new InvalidOperationException($"Nothing is on its way from {from} to {to}.");
        foreach (Outgoing outgoing in taken)
            Node(outgoing.To).Receive(outgoing.Message, Node(outgoing.Message.From).Epoch);
    }

    /// <summary>Delivers until nothing is on its way.</summary>
    public void Settle()
    {
        for (int round = 0; !_network.IsIdle; round++)
        {
            if (round == MaxRounds)
                throw new InvalidOperationException($"Messages still go to and fro after {MaxRounds} rounds.");
            Deliver(TraceNetwork.Any, TraceNetwork.Any);
        }
    }

    public void CutOff(string name)
    {
        foreach (TraceNode other in _nodes.Where(node => node.Name != name))
            _network.Cut(name, other.Name);
    }

    /// <summary>The process ends. What it has sent is on its way still, what it was sent is lost.</summary>
    public void Crash(string name)
    {
        Node(name).Crash();
        _network.Drop(TraceNetwork.Any, name);
    }

    public void TellStatus()
    {
        foreach (TraceNode node in _nodes)
            _tell(node.Status());
        _network.TellUnderWay();
    }

    private void Send(Outgoing outgoing) => _network.Send(outgoing, Node(outgoing.To).IsUp);
}
