using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// A node: the real replica, tree and log with a simulated disk, network and clock around them, which can stop, pause, crash and
/// restart. It does what a node's replica does with the protocol's outputs, in the same order.
/// </summary>
internal sealed partial class SimulationNode
{
    /// <summary>Most that waits for a paused process; a full connection loses the rest.</summary>
    private const int MaxStalled = 2000;

    private readonly SimulationCluster _cluster;
    private readonly Output _output = new();
    private readonly List<Message> _incoming = [];
    private readonly List<JournalRecord> _unwritten = [];
    private readonly Queue<Action> _stalled = new();
    private bool _isPaused;
    private bool _pumpScheduled;
    private int _life;

    public SimulationNode(string name, SimulationCluster cluster, int seed)
    {
        Name = name;
        _cluster = cluster;
        Log = new SimulationLog(cluster.Clock, cluster.Random, seed) { OnFailure = OnDiskFailure };
        Tree = new VersionedTree(cluster.TreeOptions);
        Start();
    }

    public string Name { get; }

    public SimulationLog Log { get; }

    /// <summary>Null while the node is down.</summary>
    public Replica? Replica { get; private set; }

    public VersionedTree Tree { get; private set; }

    /// <summary>How long its ticks take, in microseconds: nothing but liveness may depend on clocks that agree.</summary>
    public int Tick { get; set; } = SimulationCluster.TickMicroseconds;

    public long Applied { get; private set; }

    public bool Leads => Replica?.Role == Role.Leader;

    /// <summary>How often it became leader.</summary>
    public int Elections { get; private set; }

    public void Start()
    {
        if (Replica is not null)
            return;
        _life++;
        RecoveredReplica disk;
        try
        {
            disk = Log.Open(_cluster.TreeOptions, _cluster.Mutation == Mutation.RecoveryDropsLastRecord ? 1 : 0);
        }
        catch (PowerLossException)
        {
            _cluster.Story.Tell($"{Name} loses power while it starts");
            Log.LosePower();
            return;
        }
        catch (IOException failure)
        {
            _cluster.Story.Tell($"{Name} cannot start: {failure.Message}");
            Log.Kill();
            return;
        }

        DurableState recovered = disk.State;
        _cluster.Safety.OnRecovered(Name, recovered);
        _cluster.Story.Tell($"{Name} starts: promised {recovered.Promised}, chosen through {recovered.Log.ChosenThrough}");
        StartFrom(disk);
        Replica = new Replica(Name, _cluster.Quorums, _cluster.Options, recovered, new Random(_cluster.Random.Next()));
        ScheduleTick(_life);
        Drain();
    }

    /// <summary>The process dies; what it wrote stays in the system's cache.</summary>
    public void Kill()
    {
        if (Replica is null)
            return;
        _cluster.Story.Tell($"{Name} is killed");
        Stop();
        Log.Kill();
    }

    /// <summary>The machine dies, and with it what was not flushed.</summary>
    public void Crash()
    {
        if (Replica is null)
            return;
        _cluster.Story.Tell($"{Name} loses power");
        Stop();
        Log.LosePower();
    }

    /// <summary>Stops the process for a while. Its disk and its connections go on; what comes in waits.</summary>
    public void Pause(long microseconds)
    {
        if (Replica is null || _isPaused)
            return;
        _cluster.Story.Tell($"{Name} is paused");
        _isPaused = true;
        int life = _life;
        _cluster.Clock.Schedule(microseconds, () =>
        {
            if (life == _life)
                Resume();
        });
    }

    public void Resume()
    {
        if (!_isPaused)
            return;
        _cluster.Story.Tell($"{Name} goes on");
        _isPaused = false;
        int life = _life;
        while (life == _life && !_isPaused && _stalled.TryDequeue(out Action? action))
            action();
    }

    /// <summary>Lets something happen in this process: not if it is down, and only later if it is paused.</summary>
    public void Enter(Action action)
    {
        if (Replica is null)
            return;
        if (!_isPaused)
            action();
        else if (_stalled.Count < MaxStalled)
            _stalled.Enqueue(action);
    }

    public void Deliver(byte[] envelope)
    {
        _cluster.Story.Mark(envelope);
        _incoming.Clear();
        MessageCodec.Decode(envelope, _incoming);
        foreach (Message message in _incoming)
        {
            if (_cluster.Story.IsTold)
                _cluster.Story.Tell($"{message.From} -> {Name}  {Story.Describe(message)}");
            Replica!.Receive(message);
        }

        SchedulePump();
    }

    /// <summary>Does what the replica wants done.</summary>
    public void Drain()
    {
        while (Replica is { HasOutput: true })
        {
            Replica.TakeOutput(_output);
            if (_output.RoleChanged)
                TellRole();

            // Followers write while the leader does, so messages go first; the replica holds back what must not.
            Send();
            Persist();
            if (Replica is null)
                return;
            Apply();
            Answer();
            StoreSnapshotBytes();
            ServeSnapshot();
        }

        ConsiderSnapshot();
    }

    private void TellRole()
    {
        Elections += Leads ? 1 : 0;
        if (Replica!.Role != Role.Follower)
            _cluster.Network.Echo(Name);
        if (_cluster.Story.IsTold)
            _cluster.Story.Tell($"{Name} is {Replica.Role} at {Replica.Promised}");
    }

    private void Stop()
    {
        Replica = null;
        _life++;
        _isPaused = false;
        _pumpScheduled = false;
        _stalled.Clear();
        _unwritten.Clear();
        _reads.Clear();
        _waits.Clear();
        StopSnapshots();
        _cluster.Story.Mark(_life);
    }

    private void OnDiskFailure(Exception failure)
    {
        if (failure is PowerLossException)
        {
            Crash();
            return;
        }

        _cluster.Story.Tell($"{Name} cannot flush: {failure.Message}");
        if (Replica?.Resign() is { } last)
        {
            SimulationNode successor = _cluster[last.To];
            byte[] envelope = MessageCodec.Encode([last.Message]);
            _cluster.Network.Send(Name, successor.Name, () => successor.Enter(() => successor.Deliver(envelope)));
        }

        Kill();
    }

    /// <summary>Whatever comes in within a moment shares an output, as in a grain.</summary>
    private void SchedulePump()
    {
        if (_cluster.PumpDelay == 0)
        {
            Drain();
            return;
        }

        if (_pumpScheduled)
            return;
        _pumpScheduled = true;
        After(_cluster.PumpDelay, () =>
        {
            _pumpScheduled = false;
            Drain();
        });
    }

    private void After(long microseconds, Action action)
    {
        int life = _life;
        _cluster.Clock.Schedule(microseconds, () =>
        {
            if (life == _life)
                Enter(action);
        });
    }

    private void Send()
    {
        if (_output.Messages.Count == 0)
            return;
        QuorumSystem quorums = _cluster.Quorums;
        for (int i = 0; i < quorums.Count; i++)
        {
            List<Message>? messages = null;
            foreach ((string? to, Message? message) in _output.Messages)
            {
                if (to != quorums.Acceptors[i])
                    continue;
                _cluster.Safety.OnSent(Name, message, Replica!.ChosenThrough);
                (messages ??= []).Add(message);
            }

            if (messages is null)
                continue;
            SimulationNode receiver = _cluster[quorums.Acceptors[i]];
            byte[] envelope = MessageCodec.Encode(messages);
            _cluster.Network.Send(Name, receiver.Name, () => receiver.Enter(() => receiver.Deliver(envelope)));
        }
    }

    // Hints alone are not worth a flush: they wait for the next record that is, or for a tick.
    private void Persist()
    {
        foreach (JournalRecord record in _output.Records)
        {
            _cluster.Safety.OnRecord(Name, record);
            if (_cluster.Mutation != Mutation.PromiseIsNotWritten || record is not JournalRecord.Promise)
                _unwritten.Add(record);
        }

        if (_output.MustSync)
            AppendUnwritten();
    }

    private void AppendUnwritten()
    {
        long through = _output.RecordsThrough;
        if (_unwritten.Count == 0)
        {
            // Only where a bug leaves out records: it believes that they are written.
            if (_cluster.Mutation == Mutation.PromiseIsNotWritten)
                Replica!.Persisted(through);
            return;
        }

        JournalRecord[] records = [.. _unwritten];
        _unwritten.Clear();
        int life = _life;
        Log.Append(JournalCodec.Encode(records), () =>
        {
            _cluster.Safety.OnDurable(Name, records);
            if (life != _life)
                return;
            Enter(() =>
            {
                Replica!.Persisted(through);
                SchedulePump();
            });
        });
        if (_cluster.Mutation == Mutation.VoteBeforeFsync && life == _life)
            Replica!.Persisted(through);
    }

    private void ScheduleTick(int life) => _cluster.Clock.Schedule(
        Tick + _cluster.Random.Next(500),
        () =>
        {
            if (life != _life)
                return;
            Enter(() =>
            {
                Replica!.Tick();
                AppendUnwritten();
                if (life != _life)
                    return;
                Drain();
                ScheduleTick(life);
            });
        });
}
