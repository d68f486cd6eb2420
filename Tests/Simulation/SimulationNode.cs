using Doozer.Paxos;

namespace Doozer.Tests.Simulation;

/// <summary>A node: the real replica with a simulated disk, network and clock around it, which can crash and restart.</summary>
internal sealed class SimulationNode
{
    private readonly SimulationCluster _cluster;
    private readonly Output _output = new();
    private readonly List<Message> _incoming = [];
    private readonly List<WaitingRead> _reads = [];
    private int _life;

    public SimulationNode(string name, SimulationCluster cluster)
    {
        Name = name;
        _cluster = cluster;
        Disk = new SimulationDisk(cluster.Clock, cluster.Random);
        Start();
    }

    public string Name { get; }

    public SimulationDisk Disk { get; }

    /// <summary>Null while the node is down.</summary>
    public Replica? Replica { get; private set; }

    /// <summary>How long its ticks take: nothing but liveness may depend on clocks that agree.</summary>
    public int TickMilliseconds { get; set; } = SimulationCluster.TickMilliseconds;

    public long Applied { get; private set; }

    public bool Leads => Replica?.Role == Role.Leader;

    public void Start()
    {
        if (Replica is not null)
            return;
        _life++;
        Applied = 0;
        Replica = new Replica(
            Name, _cluster.Quorums, _cluster.Options, Disk.Recover(), new Random(_cluster.Random.Next()));
        ScheduleTick(_life);
        Drain();
    }

    public void Crash()
    {
        if (Replica is null)
            return;
        _cluster.Trace($"{Name} crashes");
        Replica = null;
        _life++;
        _reads.Clear();
        Disk.Crash();
    }

    public void Deliver(byte[] envelope)
    {
        if (Replica is null)
            return;
        _incoming.Clear();
        MessageCodec.Decode(envelope, _incoming);
        foreach (var message in _incoming)
        {
            if (_cluster.IsTracing)
                _cluster.Trace($"{Name} <- {message}");
            Replica.Receive(message);
        }

        Drain();
    }

    public ProposeResult Propose(long[] commands)
    {
        if (Replica is null)
            return ProposeResult.NotLeader;
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        foreach (var id in commands)
            Batch.Append(buffer, SafetyChecker.Command(id));
        return Replica.Propose(commands, buffer.WrittenMemory, commands.Length);
    }

    public ProposeResult Read() => Replica?.RequestRead(_cluster.Checker.Observed) ?? ProposeResult.NotLeader;

    public bool TransferLeadership() => Replica?.TransferLeadership() ?? false;

    /// <summary>Does what the replica wants done.</summary>
    public void Drain()
    {
        while (Replica is { HasOutput: true })
        {
            Replica.TakeOutput(_output);
            Persist();
            Send();
            Apply();
            foreach (var read in _output.ReadsConfirmed)
                _reads.Add(new WaitingRead((long)read.Token, read.Slot));
            foreach (var lost in _output.ProposalsLost)
            {
                if (!lost.WasProposed)
                    _cluster.Checker.OnNeverProposed((long[])lost.Token);
            }

            AnswerReads();
        }
    }

    private void Persist()
    {
        if (_output.Records.Count == 0)
            return;
        Disk.Append(RecordCodec.Encode(_output.Records));
        if (!_output.MustSync)
            return;
        var life = _life;
        var through = _output.RecordsThrough;
        Disk.Sync(() =>
        {
            if (life != _life)
                return;
            Replica!.Persisted(through);
            Drain();
        });
    }

    private void Send()
    {
        foreach (var group in _output.Messages.GroupBy(outgoing => outgoing.To))
            _cluster.Network.Send(Name, group.Key, MessageCodec.Encode([.. group.Select(outgoing => outgoing.Message)]));
    }

    private void Apply()
    {
        foreach (var chosen in _output.Chosen)
        {
            if (_cluster.IsTracing)
                _cluster.Trace($"{Name} chose slot {chosen.Slot} with {chosen.Batch.Count} commands");
            _cluster.Checker.OnChosen(Name, Applied + 1, chosen);
            Applied = chosen.Slot;
            var first = 0;
            foreach (var proposal in chosen.Proposals)
            {
                _cluster.Checker.OnAcknowledged(Name, chosen, first, (long[])proposal.Token);
                first += proposal.Count;
            }
        }
    }

    private void AnswerReads()
    {
        for (var i = _reads.Count - 1; i >= 0; i--)
        {
            if (_reads[i].Slot > Applied)
                continue;
            _cluster.Checker.OnRead(Name, _reads[i].ObservedBefore, _reads[i].Slot);
            _reads.RemoveAt(i);
        }
    }

    private void ScheduleTick(int life) => _cluster.Clock.Schedule(
        TickMilliseconds + _cluster.Random.Next(2),
        () =>
        {
            if (life != _life)
                return;
            Replica!.Tick();
            Drain();
            ScheduleTick(life);
        });

    private readonly record struct WaitingRead(long ObservedBefore, long Slot);
}
