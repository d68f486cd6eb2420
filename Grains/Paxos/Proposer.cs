namespace Doozer.Paxos;

/// <summary>Phase 2 of a leader: slots in flight, the votes for them, and the proposals that wait for one.</summary>
internal sealed class Proposer
{
    private readonly string _self;
    private readonly Electorates _electorates;
    private readonly ReplicaOptions _options;
    private readonly SlotLog _log;
    private readonly Peers _peers;
    private readonly Acceptor _acceptor;
    private readonly Journal _journal;
    private readonly ProposalQueue _waiting;
    private readonly InFlight[] _inFlight;
    private Candidacy? _won;
    private Batch? _reconfiguration;
    private long _reconfigurationSlot;
    private long _nextSlot;

    public Proposer(
        string self, Electorates electorates, ReplicaOptions options, SlotLog log, Peers peers, Acceptor acceptor,
        Journal journal)
    {
        _self = self;
        _electorates = electorates;
        _options = options;
        _log = log;
        _peers = peers;
        _acceptor = acceptor;
        _journal = journal;
        _waiting = new ProposalQueue(options);
        _inFlight = new InFlight[options.Alpha];
        for (int i = 0; i < _inFlight.Length; i++)
            _inFlight[i] = new InFlight(options);
    }

    public Ballot Ballot { get; private set; }

    /// <summary>
    /// Highest slot that an earlier leader may have filled. All up to it must be chosen before a read is served.
    /// </summary>
    public long RecoveredThrough { get; private set; }

    /// <summary>While set, waiting proposals get no slot, so that the log comes to rest for a successor.</summary>
    public bool Paused { get; set; }

    /// <summary>Highest slot that was opened.</summary>
    public long OpenedThrough => _nextSlot - 1;

    /// <summary>Whether a change of the quorums waits for a slot or is in flight.</summary>
    public bool IsReconfiguring => _reconfiguration is not null || _reconfigurationSlot > _log.ChosenThrough;

    public bool HasInFlight => _nextSlot - 1 > _log.ChosenThrough;

    /// <summary>Whether a slot may be opened now.</summary>
    public bool CanOpen
    {
        get
        {
            long open = _nextSlot - 1 - _log.ChosenThrough;
            if (open >= _options.Alpha || BytesInFlight >= _options.MaxBytesInFlight || _journal.IsFull || !MayFillNext)
                return false;
            if (_nextSlot <= RecoveredThrough)
                return true;
            if (Paused)
                return false;
            return MustFillNext || _reconfiguration is not null
                || (!_waiting.IsEmpty && (open < _options.OpenSlots || _waiting.Bytes >= _options.FullBatchBytes));
        }
    }

    private long BytesInFlight
    {
        get
        {
            long bytes = 0;
            for (long slot = _log.ChosenThrough + 1; slot < _nextSlot; slot++)
                bytes += At(slot).Batch.Commands.Length;
            return bytes;
        }
    }

    // An earlier leader may have filled a slot of new quorums, and only they would tell. And what a promiser knows to be chosen
    // its promise leaves out, so that must be learned first, as before leading.
    private bool MayFillNext =>
        _electorates.For(_nextSlot).IsPhase1Quorum(_won!.Promised)
        && _options.Rules.MayLead(_won.HighestPrefix, _log.ChosenThrough);

    /// <summary>Whether the next slot must not wait for a command, since new quorums come into force only after it.</summary>
    private bool MustFillNext =>
        _electorates.Configurations.Next is { } next && _nextSlot < next.FromSlot;

    /// <summary>Starts to lead with what phase 1 found.</summary>
    public void Start(Candidacy won)
    {
        Ballot = won.Ballot;
        _won = won;
        _reconfiguration = null;
        _reconfigurationSlot = 0;
        _nextSlot = _log.ChosenThrough + 1;
        RecoveredThrough = _options.Rules.RecoverThrough(won.HighestSlot, _log.ChosenThrough);
        Paused = false;
        foreach (Peer peer in _peers.Others)
            peer.ToldThrough = peer.VotedThrough = 0;
    }

    /// <summary>More promises have come, for slots of a new configuration.</summary>
    public void OnPromise()
    {
        RecoveredThrough = Math.Max(RecoveredThrough, _won!.HighestPrefix);
        if (_won.HighestSlot >= _nextSlot)
            RecoveredThrough = Math.Max(RecoveredThrough, _options.Rules.RecoverThrough(_won.HighestSlot, RecoveredThrough));
    }

    /// <summary>Takes a change of the quorums, which gets the next free slot for itself.</summary>
    public void Reconfigure(Batch change) => _reconfiguration = change;

    public bool TryAdd(long ticket, ReadOnlyMemory<byte> commands, int count) => _waiting.TryAdd(ticket, commands, count);

    public void OpenSlots()
    {
        while (CanOpen)
        {
            if (_nextSlot <= RecoveredThrough)
            {
                Open(_won!.BatchFor(_nextSlot), []);
            }
            else if (_reconfiguration is { } change)
            {
                _reconfiguration = null;
                _reconfigurationSlot = _nextSlot;
                Open(change, []);
            }
            else if (_waiting.IsEmpty)
            {
                Open(Batch.Empty, []);
            }
            else
            {
                Open(_waiting.TakeBatch(out Proposal[]? proposals), proposals);
            }
        }

        if (_nextSlot > RecoveredThrough)
            _won!.Forget();
    }

    /// <summary>Counts a vote for a slot that is still in flight.</summary>
    public void Count(int place, Accepted accepted)
    {
        if (accepted.Slot <= _log.ChosenThrough || accepted.Slot >= _nextSlot)
            return;
        InFlight slot = At(accepted.Slot);
        slot.Votes = _options.Rules.Count(slot.Votes, place);
    }

    /// <summary>Whether a phase-2 quorum has voted for the lowest slot in flight.</summary>
    public bool NextIsChosen =>
        HasInFlight && At(_log.ChosenThrough + 1) is var next
        && _options.Rules.IsChosen(_electorates.For(_log.ChosenThrough + 1), next.Votes);

    /// <summary>Closes a slot that is chosen now, and tells whose proposals are in it.</summary>
    public Proposal[] Close(long slot)
    {
        if (slot >= _nextSlot)
        {
            // Learned from a peer before this leader came to propose it again.
            _nextSlot = slot + 1;
            return [];
        }

        InFlight closed = At(slot);
        Proposal[] proposals = closed.Proposals;
        closed.Reset(0, Batch.Empty, []);
        return proposals;
    }

    /// <summary>Sends a peer the slots in flight that it could not be sent before.</summary>
    public void Offer(Peer peer)
    {
        for (long number = _log.ChosenThrough + 1; number < _nextSlot; number++)
        {
            InFlight slot = At(number);
            if (!slot.Sent.Contains(peer.Place) && IsWithinReach(peer, number))
                Send(peer, slot);
        }
    }

    /// <summary>
    /// Sends again what a peer that is there has not voted for: the Accept, or the vote, may be lost. More likely its disk is
    /// slow, and repeats make that worse; so each waits twice as long as the one before, and a tick has few of them.
    /// </summary>
    public void Tick()
    {
        long bytes = 0;
        for (long number = _log.ChosenThrough + 1; number < _nextSlot; number++)
        {
            InFlight slot = At(number);
            foreach (Peer peer in _peers.Others)
            {
                if (!slot.IsDue(peer.Place, _peers.Now) || !IsWithinReach(peer, number))
                    continue;
                int size = SlotEntry.Overhead + slot.Batch.Commands.Length;
                if (bytes > 0 && bytes + size > _options.LearnChunkBytes)
                    return;
                bytes += size;
                Send(peer, slot);
            }
        }
    }

    /// <summary>Tells every peer that is there of the chosen prefix, unless an Accept has just done so.</summary>
    public void TellChosen()
    {
        Chosen? chosen = null;
        foreach (Peer peer in _peers.Others)
        {
            if (peer.ToldThrough >= _log.ChosenThrough || !Answers(peer))
                continue;
            peer.ToldThrough = _log.ChosenThrough;
            chosen ??= new Chosen(Ballot, _log.ChosenThrough) { From = _self };
            _journal.Send(peer.Node, chosen);
        }
    }

    public bool HasUntold
    {
        get
        {
            foreach (Peer peer in _peers.Others)
            {
                if (peer.ToldThrough < _log.ChosenThrough && Answers(peer))
                    return true;
            }

            return false;
        }
    }

    /// <summary>Gives up: what is in flight may yet be chosen by a later leader, what waits will not.</summary>
    public void Abandon(List<LostProposal> lost)
    {
        for (long number = _log.ChosenThrough + 1; number < _nextSlot; number++)
        {
            InFlight slot = At(number);
            foreach (Proposal proposal in slot.Proposals)
                lost.Add(new LostProposal(proposal.Ticket, WasProposed: true));
            slot.Reset(0, Batch.Empty, []);
        }

        _waiting.Abandon(lost);
        _reconfiguration = null;
        _reconfigurationSlot = 0;
        _nextSlot = 0;
        _won = null;
    }

    private void Open(Batch batch, Proposal[] proposals)
    {
        InFlight slot = At(_nextSlot);
        slot.Reset(_nextSlot, batch, proposals);
        _nextSlot++;
        Accept accept = Send(slot);

        // The leader's own vote: the disk works while the network does.
        _acceptor.Answer(accept);
    }

    private Accept Send(InFlight slot)
    {
        Accept accept = AcceptOf(slot);
        foreach (Peer peer in _peers.Others)
        {
            if (IsWithinReach(peer, slot.Slot))
                Send(peer, slot, accept);
        }

        return accept;
    }

    private void Send(Peer peer, InFlight slot) => Send(peer, slot, AcceptOf(slot));

    private void Send(Peer peer, InFlight slot, Accept accept)
    {
        slot.MarkSent(peer.Place, _peers.Now);
        peer.ToldThrough = _log.ChosenThrough;
        _journal.Send(peer.Node, accept);
    }

    private Accept AcceptOf(InFlight slot) => new(Ballot, slot.Slot, slot.Batch, _log.ChosenThrough) { From = _self };

    /// <summary>A peer that is away, or that is too far behind to vote, learns later instead.</summary>
    private bool IsWithinReach(Peer peer, long slot) => Answers(peer) && slot <= peer.ChosenThrough + _options.Window;

    private bool Answers(Peer peer) => _peers.Now - peer.AnsweredAt < _options.ElectionTicks;

    private InFlight At(long slot) => _inFlight[(int)(slot % _inFlight.Length)];
}
