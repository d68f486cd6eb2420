using Doozer.Paxos;

namespace Doozer.Simulation;

/// <summary>
/// Operators who let nodes come and go, replace one that has lost its disk, and change the quorums, under all that goes wrong
/// beside. What they want is one set of acceptors for all namespaces; now and then one of them asks for another, and several
/// ask at once.
/// </summary>
internal sealed class MemberChanges
{
    private const int MostNodes = 7;

    private readonly SimulationCluster _cluster;
    private readonly Random _random;
    private readonly TurnScheduler _turns;
    private readonly Dictionary<string, NamespaceWish> _namespaces;
    private readonly List<SimulationNode> _strays = [];
    private QuorumSystem _wish;
    private int _names;
    private bool _ended;

    public MemberChanges(SimulationCluster cluster, Random random)
    {
        _cluster = cluster;
        _random = random;
        _turns = new TurnScheduler(cluster.Clock.Schedule, static () => 0);
        _wish = cluster.Quorums;
        _names = cluster.Quorums.Count;
        _namespaces = cluster.Namespaces.ToDictionary(name => name, _ => new NamespaceWish(), StringComparer.Ordinal);
    }

    /// <summary>The nodes that belong to the group, as its list says now. A node may have an older one.</summary>
    public IReadOnlyCollection<string> Members => [.. _cluster.Nodes.Select(node => node.Name)];

    /// <summary>Whether what was wished for is in force in all namespaces.</summary>
    public bool IsDone => _namespaces.All(
        wish => wish.Value.Done is { } done && done.IsSameAs(_wish)
            && _cluster.Checks(wish.Key).Safety is { NewestIsInForce: true } safety && safety.Newest.Quorums.IsSameAs(_wish));

    public string Describe() =>
        $"{_wish} is wished for; " + string.Join(
            "; ",
            _namespaces.Select(wish =>
                $"{wish.Key} was given {wish.Value.Done}, and has {_cluster.Checks(wish.Key).Safety.Newest.Quorums}"));

    public void Begin(long until)
    {
        ScheduleWish(until);
        foreach (string @namespace in _cluster.Namespaces)
        {
            _cluster.Checks(@namespace).Safety.Reconfigured = CutOff;
            ScheduleRequest(@namespace);
        }
    }

    /// <summary>
    /// Those who are left out do not hear of what happens next, or only of a little: they may elect a leader among them, who
    /// fills the same slots.
    /// </summary>
    private void CutOff(QuorumSystem before, QuorumSystem after)
    {
        string[] left = [.. before.Acceptors.Where(node => after.IndexOf(node) < 0)];
        if (_ended || left.Length == 0 || _random.Next(2) == 0)
            return;
        _cluster.Clock.Schedule(_random.Next(8000), () => CutOff(left, after.Acceptors));
        _cluster.Clock.Schedule(_random.Next(100, 1500) * SimulationClock.Millisecond, _cluster.Network.HealAll);
    }

    private void CutOff(string[] nodes, IReadOnlyList<string> others)
    {
        if (_ended)
            return;
        _cluster.Story.Tell($"{string.Join(", ", nodes)} are cut off from {string.Join(", ", others)}");
        foreach (string node in nodes)
        {
            foreach (string other in others)
                _cluster.Network.CutBothWays(node, other);
        }
    }

    /// <summary>Nothing more is wished for, and every node gets the list as it is.</summary>
    public void End()
    {
        _ended = true;
        foreach (SimulationNode stray in _strays)
            stray.Leave("is taken away");
        TellMembers(atOnce: true);
    }

    private void ScheduleWish(long until) => _cluster.Clock.Schedule(_random.Next(20, 1500) * SimulationClock.Millisecond, () =>
    {
        if (_cluster.Clock.Now >= until)
            return;
        Wish();
        ScheduleWish(until);
    });

    private void Wish()
    {
        List<string> acceptors = [.. _wish.Acceptors];
        switch (_random.Next(6))
        {
            case 0 when _cluster.Nodes.Count < MostNodes:
                acceptors.Add(Join().Name);
                break;
            case 1 when acceptors.Count > 3:
                acceptors.RemoveAt(_random.Next(acceptors.Count));
                break;
            case 2:
                // Several at once, perhaps nearly all.
                for (int i = 0; i < acceptors.Count && _cluster.Nodes.Count < MostNodes; i += 1 + _random.Next(2))
                    acceptors[i] = Join().Name;
                break;
            case 3 when FindLosable() is { } lost:
                acceptors[acceptors.IndexOf(lost.Name)] = Join().Name;
                lost.Leave("is lost with its disk");
                _cluster.RemoveNode(lost);
                break;
            case 4 when _cluster.Nodes.Count < MostNodes:
                Join();
                return;
            default:
                return;
        }

        _wish = Draw(acceptors);
        _cluster.Story.Tell($"{_wish} is wished for");
        foreach (NamespaceWish wish in _namespaces.Values)
            wish.Done = null;
    }

    /// <summary>Mostly majorities; never such that a lost disk would take what was written.</summary>
    private QuorumSystem Draw(List<string> acceptors) => new(
        acceptors,
        phase2: _random.Next(4) == 0 && acceptors.Count > 3 ? _random.Next(2, acceptors.Count) : (acceptors.Count / 2) + 1);

    private SimulationNode Join()
    {
        SimulationNode node = _cluster.AddNode($"n{++_names}", _random.Next());
        _cluster.Story.Tell($"{node.Name} joins");
        node.Start();
        TellMembers(atOnce: false);
        return node;
    }

    /// <summary>A node without which all namespaces can go on, when nothing else is missing.</summary>
    private SimulationNode? FindLosable()
    {
        if (!IsDone || _wish.Phase2 < 2 || _wish.Count - 1 < Math.Max(_wish.Phase1, _wish.Phase2))
            return null;
        return _cluster[_wish.Acceptors[_random.Next(_wish.Count)]];
    }

    private void ScheduleRequest(string @namespace) =>
        _cluster.Clock.Schedule(_random.Next(20, 300) * SimulationClock.Millisecond, () =>
        {
            if (!IsDone || !_ended)
                Request(@namespace);
            ScheduleRequest(@namespace);
        });

    private void Request(string @namespace)
    {
        SimulationNode asked = _random.Next(4) > 0 && _cluster.LeaderOf(@namespace) is { } leader
            ? leader
            : _cluster.Nodes[_random.Next(_cluster.Nodes.Count)];
        QuorumSystem wished = !_ended && _random.Next(6) == 0 ? OtherWish(@namespace) : _wish;
        _ = _turns.Run(() => Ask(@namespace, asked.Name, wished));
        if (_random.Next(3) == 0)
            _ = _turns.Run(() => Ask(@namespace, asked.Name, _wish));
    }

    /// <summary>What somebody else would have: some of those that decide now, or that are wished for.</summary>
    private QuorumSystem OtherWish(string @namespace)
    {
        List<string> acceptors =
            [.. _cluster.Checks(@namespace).Safety.Newest.Quorums.Acceptors.Where(Stays).Union(_wish.Acceptors)];
        while (acceptors.Count > 3 && _random.Next(2) == 0)
            acceptors.RemoveAt(_random.Next(acceptors.Count));
        return Draw(acceptors);
    }

    /// <summary>Nobody wishes for a node again that was to go.</summary>
    private bool Stays(string node) => _wish.IndexOf(node) >= 0;

    private async Task Ask(string @namespace, string node, QuorumSystem wished)
    {
        NamespaceWish wish = _namespaces[@namespace];
        long epoch = _cluster.Checks(@namespace).Safety.Newest.Epoch;
        foreach (string acceptor in wished.Acceptors)
            wish.AskedAfter[acceptor] = epoch;
        var grain = new SimulationReplicaGrain(_cluster, "operator", node, @namespace);
        try
        {
            ReconfigurationResult result = await grain.Reconfigure([.. wished.Acceptors], wished.Phase1, wished.Phase2, epoch);
            if (result.Status != ReconfigurationStatus.Done)
                return;
            if (wished.IsSameAs(_wish))
                wish.Done = wished;
            wish.Told(result.Epoch, wished);
            LetGo();
        }
        catch (DoozerException)
        {
            // It is asked for again.
        }
    }

    /// <summary>Those that have no vote anywhere, and can get none any more, may go.</summary>
    private void LetGo()
    {
        foreach (SimulationNode node in _cluster.Nodes.Where(MayGo).ToArray())
        {
            _cluster.Story.Tell($"{node.Name} does not belong to the group any more");
            _cluster.RemoveNode(node);
            if (_ended || _random.Next(2) == 0)
                node.Leave("is taken away");
            else
                _strays.Add(node);
            TellMembers(_ended);
        }
    }

    private bool MayGo(SimulationNode node) =>
        _wish.IndexOf(node.Name) < 0 && _namespaces.Values.All(wish => wish.IsWithout(node.Name));

    private void TellMembers(bool atOnce)
    {
        foreach (SimulationNode node in _cluster.Nodes)
        {
            // Some hear of it only when they start again.
            if (!atOnce && _random.Next(8) == 0)
                continue;
            _cluster.Clock.Schedule(atOnce ? 0 : _random.Next(500) * SimulationClock.Millisecond, () =>
            {
                foreach (string @namespace in _cluster.Namespaces)
                    node.Enter(@namespace, replica => replica.Driver.SetMembers(Members));
            });
        }
    }

    /// <summary>What operators know of a namespace.</summary>
    private sealed class NamespaceWish
    {
        private long _epoch;
        private QuorumSystem? _quorums;

        /// <summary>The wish that was fulfilled, until the next.</summary>
        public QuorumSystem? Done { get; set; }

        /// <summary>The highest epoch after which somebody has asked for a node to have a vote.</summary>
        public Dictionary<string, long> AskedAfter { get; } = new(StringComparer.Ordinal);

        public void Told(long epoch, QuorumSystem quorums)
        {
            if (epoch >= _epoch)
                (_epoch, _quorums) = (epoch, quorums);
        }

        public bool IsWithout(string node) =>
            _quorums is not null && _quorums.IndexOf(node) < 0
            && (!AskedAfter.TryGetValue(node, out long asked) || asked < _epoch);
    }
}
