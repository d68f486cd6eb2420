using System.Text;
using Doozer.Paxos;

namespace Doozer.Tests.Paxos.Traces;

/// <summary>
/// A real replica, driven as the product drives it, which tells what it does. It has a disk, the commands it has applied,
/// and a way to send.
/// </summary>
internal sealed class TraceNode(
    string name, int place, QuorumSystem quorums, TraceTickets tickets, Action<string> tell, Action<Outgoing> send)
{
    /// <summary>So small that a few commands take several chunks.</summary>
    private const int ChunkBytes = 16;

    private readonly Output _output = new();
    private readonly TraceDisk _disk = new();
    private readonly List<string> _applied = [];
    private readonly List<byte> _pulled = [];
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private Replica? _replica;
    private Configurations? _configurations;
    private long _written;
    private string _state = "";
    private bool _led;
    private int _lives;

    public string Name => name;

    public bool IsUp => _replica is not null;

    public TraceDisk Disk => _disk;

    /// <summary>What it tells with each message.</summary>
    public long Epoch => _replica?.Epoch ?? 0;

    /// <summary>The members, as its list says.</summary>
    public IReadOnlyCollection<string> Members { get; private set; } = [];

    public Replica Replica => _replica ?? throw new InvalidOperationException($"{name} is down.");

    /// <summary>Starts, or starts again, with what its disk has.</summary>
    public void Start()
    {
        var chance = new NoChance(place, ++_lives);
        _replica = new Replica(name, quorums, new ReplicaOptions(), _disk.Recover(), chance)
        {
            IsAlive = node => !_gone.Contains(node),
        };
        _gone.Clear();
        _replica.SetMembers(Members);
        _written = 0;
        _state = StateInWords();
        _configurations = _replica.Configurations;
        _led = false;
        _applied.Clear();
        _applied.AddRange(CommandsIn(_disk.Snapshot));
        if (Replica.Promised != Ballot.Zero)
            tell($"{name} starts with what its disk has: {MemoryInWords()}");
        Drive();
    }

    public void Crash()
    {
        _replica = null;
        _pulled.Clear();
        foreach (JournalRecord lost in _disk.Crash())
            tell($"{name} loses what was not on its disk: {TraceWords.Of(lost)}");
    }

    public void Propose(IReadOnlyList<string> commands)
    {
        foreach (string command in commands)
        {
            Batch batch = CodecTests.BatchOf(command);
            Check(Replica.Propose(tickets.Issue(command), batch.Commands, batch.Count), command);
        }

        Drive();
    }

    public void Read(string read)
    {
        Check(Replica.RequestRead(tickets.Issue(read)), read);
        Drive();
    }

    public void Transfer(string to)
    {
        if (Replica.TransferLeadership(to) is null)
            tell($"{name} cannot hand over to {to}");
        Drive();
    }

    public void LoseConnection(string to)
    {
        Replica.ConnectionEnded(to);
        Drive();
    }

    /// <summary>It has had no sign of life from another node for a while.</summary>
    public void Miss(string other)
    {
        _gone.Add(other);
        Replica.LivenessChanged(other);
        Drive();
    }

    public void Tick()
    {
        Replica.Tick();
        Drive();
    }

    public void Receive(Message message, long epoch)
    {
        Replica.Receive(message, epoch);
        Drive();
    }

    public void Join(IReadOnlyCollection<string> members)
    {
        Members = members;
        _replica?.SetMembers(members);
    }

    public void Reconfigure(IReadOnlyList<string> acceptors)
    {
        var behind = new List<string>();
        ReconfigureResult result = Replica.Reconfigure(new QuorumSystem(acceptors), null, behind);
        if (result == ReconfigureResult.NotCaughtUp)
            tell($"{name} refuses these quorums: not caught up is {string.Join(", ", behind)}");
        else if (result != ReconfigureResult.Taken)
            tell($"{name} refuses these quorums: {result}");
        Drive();
    }

    /// <summary>All that was written is durable.</summary>
    public void Persist()
    {
        _disk.Flush();
        Replica.Persisted(_written);
        Drive();
    }

    /// <summary>Keeps a snapshot of all it has applied, and lets it stand for the log before.</summary>
    public void TakeSnapshot()
    {
        long slot = Replica.ChosenThrough;
        if (_disk.IsBusy)
            throw new InvalidOperationException($"{name} still has records under way to its disk.");
        _disk.Keep(slot, Encoding.UTF8.GetBytes(string.Join(' ', _applied)));
        tell($"{name} keeps a snapshot that ends with slot {slot}, and drops its log through it");
        List<JournalRecord> records = Replica.RecordsAfter(slot);
        _disk.ReplaceLog(records);
        foreach (JournalRecord record in records)
            tell($"{name} writes again: {TraceWords.Of(record)}");
        Replica.SnapshotTaken(slot, dropThrough: slot);
        Drive();
    }

    public string Status()
    {
        if (!IsUp)
            return $"{name} is down";
        string applied = _applied.Count == 0 ? "nothing" : string.Join(' ', _applied);
        return $"{name} {StateInWords()}; {MemoryInWords()}; applied: {applied}";
    }

    /// <summary>Does what the replica wants done, and tells it, until there is no more.</summary>
    private void Drive()
    {
        while (Replica.HasOutput)
        {
            Replica.TakeOutput(_output);
            TellState();
            foreach (Outgoing outgoing in _output.Messages)
                send(outgoing);
            Write();
            Apply();
            TellConfigurations();
            Answer();
            ServeSnapshots();
            if (_disk.IsQuick && _disk.IsBusy)
            {
                _disk.Flush();
                Replica.Persisted(_written);
            }
        }
    }

    private void TellConfigurations()
    {
        if (Replica.Configurations == _configurations)
            return;
        _configurations = Replica.Configurations;
        Configuration newest = _configurations.Newest;
        tell($"{name} knows epoch {newest.Epoch}, from slot {newest.FromSlot} on: {newest.Quorums}"
            + (_configurations.Next is null ? "; it is in force" : ""));
    }

    private void TellState()
    {
        string state = StateInWords();
        if (state != _state)
            tell($"{name} {(_led && Replica.Leader is null ? "leads no more" : state)}");
        _state = state;
        _led = Replica.Role == Role.Leader;
    }

    private void Write()
    {
        _written = _output.RecordsThrough;
        _disk.Write(_output.Records);
        foreach (JournalRecord record in _output.Records)
            tell($"{name} writes: {TraceWords.Of(record)}{(_disk.IsQuick ? "" : " (not on its disk yet)")}");
    }

    private void Apply()
    {
        foreach (ChosenBatch chosen in _output.Chosen)
        {
            _applied.AddRange(TraceWords.CommandsOf(chosen.Batch));
            string answered = chosen.Proposals.Length == 0 ? "" : "; answers its client";
            tell($"{name} knows slot {chosen.Slot} to be chosen, and applies {TraceWords.Of(chosen.Batch)}{answered}");
        }
    }

    private void Answer()
    {
        foreach (ConfirmedRead read in _output.ReadsConfirmed)
            tell($"{name} may answer {tickets.NameOf(read.Ticket)} once slot {read.Slot} is applied");
        foreach (long read in _output.ReadsFailed)
            tell($"{name} cannot answer {tickets.NameOf(read)}");
        foreach (LostProposal lost in _output.ProposalsLost)
        {
            string fate = lost.WasProposed ? "was proposed, and may yet be chosen" : "was not proposed, and will not be chosen";
            tell($"{name} gives up {tickets.NameOf(lost.Ticket)}: it {fate}");
        }
    }

    private void ServeSnapshots()
    {
        foreach (SnapshotWanted wanted in _output.SnapshotsWanted)
            Replica.SendSnapshot(wanted.Peer, ChunkFor(wanted));
        if (_output.SnapshotBytes is { } chunk)
            Store(chunk);
    }

    private SnapshotChunk ChunkFor(SnapshotWanted wanted)
    {
        int offset = wanted.Slot == _disk.SnapshotSlot ? (int)wanted.Offset : 0;
        byte[] bytes = _disk.Snapshot[offset..Math.Min(offset + ChunkBytes, _disk.Snapshot.Length)];
        return new SnapshotChunk(_disk.SnapshotSlot, _disk.Snapshot.Length, offset, bytes);
    }

    private void Store(SnapshotChunk chunk)
    {
        if (chunk.Offset == 0)
            _pulled.Clear();
        _pulled.AddRange(chunk.Bytes.ToArray());
        tell($"{name} stores {TraceWords.Of(chunk)}");
        Replica.SnapshotStored(chunk);
        if (!chunk.IsLast)
            return;
        _disk.Keep(chunk.Slot, [.. _pulled]);
        if (!Replica.Install(chunk.Slot))
            return;
        _applied.Clear();
        _applied.AddRange(CommandsIn(_disk.Snapshot));
        tell($"{name} goes on from the snapshot, after slot {chunk.Slot}");
    }

    private void Check(ProposeResult result, string what)
    {
        if (result == ProposeResult.NotLeader)
            tell($"{name} refuses {what}: it does not lead");
        else if (result == ProposeResult.Busy)
            tell($"{name} refuses {what}: too much is waiting");
    }

    private static string[] CommandsIn(byte[] snapshot) =>
        Encoding.UTF8.GetString(snapshot).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private string StateInWords() => Replica.Role switch
    {
        Role.Leader => $"leads at {Replica.Promised}",
        Role.Candidate => $"stands at {Replica.Promised}",
        _ => Replica.Leader is { } leader ? $"follows {leader}" : "follows nobody",
    };

    private string MemoryInWords()
    {
        IEnumerable<string> votes =
            Replica.RecordsAfter(Replica.ChosenThrough).OfType<JournalRecord.Vote>().Select(vote => $"; {TraceWords.Of(vote)}");
        return $"{TraceWords.Promised(Replica.Promised)}; {TraceWords.Chosen(Replica.ChosenThrough)}{string.Concat(votes)}";
    }
}
