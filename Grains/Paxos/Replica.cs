using System.Runtime.InteropServices;

namespace Doozer.Paxos;

internal enum Role
{
    /// <summary>Votes and learns.</summary>
    Follower = 0,

    /// <summary>Asks for promises.</summary>
    Candidate = 1,

    /// <summary>Proposes.</summary>
    Leader = 2,
}

internal enum ProposeResult
{
    Queued = 0,

    /// <summary>This replica does not lead.</summary>
    NotLeader = 1,

    /// <summary>Too much is waiting.</summary>
    Busy = 2,
}

/// <summary>
/// One replica of a Multi-Paxos group: acceptor, learner and possible leader. It does nothing by itself: it is told of
/// ticks, messages, proposals and completed writes, one at a time, and puts out what is to be written, sent and applied.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>Most slots of one output, so that a long log is not put out in one piece after a restart.</summary>
    private const int ChosenPerOutput = 1024;

    /// <summary>No more slots are put into an output that holds commands of so many bytes.</summary>
    private const int ChosenBytesPerOutput = 256 << 10;

    private readonly ReplicaOptions _options;
    private readonly Random _random;
    private readonly DurableState _state;
    private readonly SlotLog _log;
    private readonly Output _pending = new();
    private readonly Journal _journal;
    private readonly Peers _peers;
    private readonly Acceptor _acceptor;
    private readonly Proposer _proposer;
    private readonly ReadRounds _reads;
    private readonly Learner _learner;
    private readonly OwnDisk _ownDisk;
    private readonly Queue<OwnBatch> _own = new();
    private long _putOut;

    /// <param name="self">This node: an acceptor, or a learner.</param>
    /// <param name="quorums">Those that the group began with. What has become of them, the log says.</param>
    /// <param name="options">Timing and limits.</param>
    /// <param name="recovered">What the disk held.</param>
    /// <param name="random">Chance.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public Replica(string self, QuorumSystem quorums, ReplicaOptions options, DurableState recovered, Random random)
    {
        ArgumentNullException.ThrowIfNull(quorums);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(recovered);
        options.Validate();
        Self = self;
        _options = options;
        _random = random;
        recovered.Complete();
        _state = recovered;
        _log = recovered.Log;
        _putOut = _snapshotSlot = _log.First - 1;
        _journal = new Journal(self, _log, _pending, options);
        _journal.StartAt(_log.ChosenThrough);
        Configurations configurations = recovered.ConfigurationsFrom(quorums, options);
        _journal.EnterDurably(configurations.Current.Epoch);
        _peers = new Peers(self, configurations.Current.Quorums.Acceptors);
        _electorates = new Electorates(configurations, _peers, options);
        RefreshPeers();
        _acceptor = new Acceptor(self, recovered, _journal, options);
        _proposer = new Proposer(self, _electorates, options, _log, _peers, _acceptor, _journal);
        _reads = new ReadRounds(options, _peers.SelfPlace);
        _learner = new Learner(self, _log, _peers, _journal, options);
        _fetch = new SnapshotFetch(self, _peers, _journal, options);
        _ownDisk = new OwnDisk(_journal, options);
        _highestRound = _acceptor.Promised.Round;
        _attempt = random.Next();
        RestartElectionTimer();

        // No leader was lost: whether there is a quorum is not known before one is heard.
        _sinceLeader = QuorumMemory;

        // Alone, there is nobody to wait for.
        if (CouldElect(AcceptorSet.None.With(_peers.SelfPlace)) && _peers.Others.IsEmpty)
            Campaign();
    }

    public string Self { get; }

    /// <summary>The quorums in force for the slot after the chosen prefix.</summary>
    public QuorumSystem Quorums => Configurations.Current.Quorums;

    public Role Role { get; private set; }

    /// <summary>The leader this replica hears, or is; null when it hears none.</summary>
    public string? Leader { get; private set; }

    /// <summary>Highest ballot promised; while there is a leader, its ballot.</summary>
    public Ballot Promised => _acceptor.Promised;

    /// <summary>Every slot up to this one is known to be chosen.</summary>
    public long ChosenThrough => _log.ChosenThrough;

    /// <summary>Slots that this leader has opened and that are not chosen yet.</summary>
    public long InFlight => Role == Role.Leader ? _proposer.OpenedThrough - ChosenThrough : 0;

    /// <summary>
    /// Whether a quorum seems to be there: for a leader, that one answers; for a follower, that it hears a leader, or that
    /// enough peers stand for election with it. It stays true for a while, since an election is no loss of quorum;
    /// after a start it is false until one is heard.
    /// </summary>
    public bool HasQuorum => Role == Role.Leader
        ? _electorates.HavePhase2Quorums(_peers.Answered(_options.ElectionTicks))
        : Leader is not null || _sinceLeader < QuorumMemory || CouldElect(_peers.Heard(2 * _options.ElectionTicks));

    /// <summary>Ticks for which a follower that has lost its leader takes it for an election.</summary>
    private int QuorumMemory => 3 * _options.ElectionTicks;

    public bool HasOutput =>
        !_pending.IsEmpty || _putOut < _log.ChosenThrough
        || (Role == Role.Leader && (_proposer.CanOpen || _proposer.HasUntold || CanBeginReads || CanTransfer));

    private bool CanBeginReads => _reads.CanBegin && MayRead;

    private bool MayRead => _options.Rules.MayRead(_log.ChosenThrough, _proposer.RecoveredThrough)
        && _electorates.HavePhase1Quorums(_candidacy!.Promised);

    /// <summary>
    /// Whether too much waits for the disk, of this replica or of others that share it; to be told before any other input.
    /// </summary>
    public bool DiskIsBehind
    {
        set => _journal.DiskIsBehind = value;
    }

    /// <summary>
    /// All members, acceptors of <see cref="Quorums"/> first. Followers hear little of each other; ask the leader's.
    /// </summary>
    public IReadOnlyList<PeerView> Members => [.. AllMembers(_members).Select(View)];

    private PeerView View(string node)
    {
        if (_peers.Find(node) is not { } peer)
            return new PeerView(node, Reachable: true, _log.ChosenThrough);
        bool reachable = Role == Role.Leader
            ? _peers.Now - peer.AnsweredAt < _options.ElectionTicks
            : _peers.Now - peer.HeardAt < 2 * _options.ElectionTicks;
        return new PeerView(node, reachable, peer.ChosenThrough);
    }

    /// <summary>Time has moved by one tick.</summary>
    public void Tick()
    {
        if (IsQuiet)
            return;
        _peers.Tick();
        if (Role == Role.Leader)
            TickLeader();
        else
            TickElection();
        _learner.Tick();
        _fetch.Tick();
        if (_peers.Now % _options.HeartbeatTicks == 0)
            _journal.FlushHint();
        HandleOwn();
    }

    /// <summary>A message has come. Strangers are not answered.</summary>
    /// <param name="message">The message.</param>
    /// <param name="epoch">The <see cref="Epoch"/> that its sender told with it.</param>
    /// <exception cref="SafetyViolationException">It shows that the group is damaged; this replica must stop.</exception>
    public void Receive(Message message, long epoch = 0)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_peers.Find(message.From) is not { } peer)
            return;
        peer.HeardAt = _peers.Now;
        peer.Epoch = Math.Max(peer.Epoch, epoch);

        // An answer to a heartbeat may come when its leader has gone quiet.
        if (message is not (Quiet or HeartbeatAck))
            Wake();
        Handle(message, peer, peer.Place);
        HandleOwn();
    }

    /// <summary>All records through this number, from <see cref="Output.RecordsThrough"/>, are durable.</summary>
    public void Persisted(long through)
    {
        _journal.Persisted(through);
        _learner.Resume();
        HandleOwn();
    }

    /// <summary>
    /// Proposes commands, which will stay together in one slot. The ticket comes back with what becomes of them.
    /// </summary>
    /// <exception cref="ArgumentException">They are malformed, or more than a batch may hold.</exception>
    public ProposeResult Propose(long ticket, ReadOnlyMemory<byte> commands, int count)
    {
        if (count < 1 || !Batch.IsWellFormed(commands.Span, count))
        {
            throw new ArgumentException(
                $"{commands.Length} bytes are not {count} commands behind their lengths.", nameof(commands));
        }

        if (commands.Length > _options.MaxBatchBytes)
        {
            throw new ArgumentException(
                $"A proposal of {commands.Length} bytes is larger than a batch may be, {_options.MaxBatchBytes} bytes.",
                nameof(commands));
        }

        if (Role != Role.Leader)
            return ProposeResult.NotLeader;
        if (_journal.WaitsForSnapshot)
            return ProposeResult.Busy;
        Wake();
        return _proposer.TryAdd(ticket, commands, count) ? ProposeResult.Queued : ProposeResult.Busy;
    }

    /// <summary>Asks for a slot from which a linearizable read may be served. The ticket comes back with the answer.</summary>
    /// <param name="ticket">Names the read.</param>
    /// <param name="word">
    /// What an acceptor said after the read began: the highest ballot that it had promised. With it the acceptor need not be
    /// asked, and that may be enough for a quorum.
    /// </param>
    public ProposeResult RequestRead(long ticket, HeartbeatAck? word = null)
    {
        if (Role != Role.Leader)
            return ProposeResult.NotLeader;
        Wake();
        if (word is not null && word.Ballot == _proposer.Ballot && MayRead && _peers.Find(word.From) is { } peer
            && _reads.TryConfirm(ticket, peer.Place, _log.ChosenThrough, _electorates, _pending.ReadsConfirmed))
        {
            return ProposeResult.Queued;
        }

        return _reads.TryAdd(ticket) ? ProposeResult.Queued : ProposeResult.Busy;
    }

    /// <summary>Moves what is to be done into the output; more may be left while <see cref="HasOutput"/>.</summary>
    public void TakeOutput(Output output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Role == Role.Leader)
        {
            // Only here, so that whatever came in together shares a slot, and a round of heartbeats.
            _proposer.OpenSlots();
            if (CanBeginReads)
                BeginReads();
            if (CanTransfer)
                SendTransfer();
            _proposer.TellChosen();
            HandleOwn();
        }

        PutOutChosen();
        if (_pending.Records.Count > 0)
            _journal.FlushHint();
        _pending.MoveTo(output, _options.MaxBatchBytes);
    }

    private void PutOutChosen()
    {
        int bytes = 0;
        for (int i = 0; i < ChosenPerOutput && bytes < ChosenBytesPerOutput && _putOut < _log.ChosenThrough; i++)
        {
            _putOut++;
            if (!_log.TryGet(_putOut, out SlotEntry entry))
                throw new SafetyViolationException($"Slot {_putOut} is chosen, but this replica has no batch for it.");
            Proposal[] proposals = _own.TryPeek(out OwnBatch own) && own.Slot == _putOut ? _own.Dequeue().Proposals : [];
            _pending.Chosen.Add(new ChosenBatch(_putOut, entry.Batch, proposals));
            bytes += entry.Batch.Commands.Length;
        }
    }

    /// <summary>Handles the acceptor's answers to the proposer beside it.</summary>
    private void HandleOwn()
    {
        while (_journal.TryTakeOwn(out Message? message))
            Handle(message, null, _peers.SelfPlace);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct OwnBatch(long Slot, Proposal[] Proposals);
}
