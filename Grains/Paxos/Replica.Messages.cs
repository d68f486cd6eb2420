namespace Doozer.Paxos;

/// <summary>What each message does.</summary>
internal sealed partial class Replica
{
    /// <summary>The peer is null for this replica's own acceptor, which sends promises and votes only.</summary>
    private void Handle(Message message, Peer? peer, int place)
    {
        switch (message)
        {
            case Promise promise:
                OnPromise(promise, peer, place);
                return;
            case Accepted accepted:
                OnAccepted(accepted, peer, place);
                return;
        }

        if (peer is not null && !HandleLearning(message, peer))
            HandleLeading(message, peer);
    }

    /// <summary>What candidates and leaders say.</summary>
    private void HandleLeading(Message message, Peer peer)
    {
        switch (message)
        {
            case Accept accept:
                OnAccept(accept, peer);
                break;
            case Heartbeat heartbeat:
                OnHeartbeat(heartbeat, peer);
                break;
            case HeartbeatAck ack:
                OnHeartbeatAck(ack, peer);
                break;
            case Chosen chosen:
                if (Follow(chosen.Ballot, peer))
                    LearnChosen(chosen.Ballot, chosen.Through, peer);
                break;
            case Quiet quiet:
                OnQuiet(quiet, peer);
                break;
            case PreVote preVote:
                OnPreVote(preVote, peer);
                break;
            case PreVoteReply reply:
                OnPreVoteReply(reply, peer);
                break;
            case Prepare prepare:
                OnPrepare(prepare, peer);
                break;
            case Rejected rejected:
                OnRejected(rejected);
                break;
            case TransferLeadership transfer:
                if (Role == Role.Follower && transfer.Ballot == Promised && Leader == peer.Node && IsVoter)
                    Campaign();
                break;
        }
    }

    /// <summary>What replicas tell each other of chosen slots and snapshots.</summary>
    private bool HandleLearning(Message message, Peer peer)
    {
        switch (message)
        {
            case LearnRequest request:
                peer.ChosenThrough = request.FromSlot - 1;
                _learner.Answer(request, _snapshotSlot);
                break;
            case SnapshotOffer offer:
                OnSnapshotOffer(offer, peer);
                break;
            case SnapshotRequest request:
                OnSnapshotRequest(request, peer);
                break;
            case SnapshotChunk chunk:
                OnSnapshotChunk(chunk, peer);
                break;
            case LearnReply reply:
                OnLearnReply(reply, peer);
                break;
            default:
                return false;
        }

        return true;
    }

    private void OnPrepare(Prepare prepare, Peer peer)
    {
        if (!IsOwner(prepare.Ballot, peer))
            return;
        if (!_options.Rules.MayAnswer(prepare.Ballot, Promised))
        {
            _acceptor.Reject(peer.Node, prepare.Ballot);
            return;
        }

        // A leader or candidate at a lower ballot can have nothing chosen any more that this acceptor votes for.
        if (_options.Rules.StepsDownOnPromise(_acceptor.Promise(prepare.Ballot)))
            BecomeFollower(null);
        RestartElectionTimer(isUnderWay: true);
        _acceptor.Answer(prepare);
    }

    private void OnPromise(Promise promise, Peer? peer, int place)
    {
        if (_candidacy is null || _candidacy.Ballot != promise.Ballot)
            return;

        // Those that come after a quorum's tell a leader nothing that it needs.
        if (Role == Role.Leader && _electorates.HavePhase1Quorums(_candidacy.Promised))
            return;
        if (peer is not null)
        {
            peer.ChosenThrough = promise.ChosenThrough;
            peer.AnsweredAt = _peers.Now;
        }

        if (!_candidacy.Add(place, promise))
            return;
        if (Role == Role.Leader)
            _proposer.OnPromise();
        if (!_candidacy.HasPromise(place))
        {
            var next = new Prepare(_candidacy.Ballot, _candidacy.NextSlot(place)) { From = Self };
            if (peer is null)
                _acceptor.Answer(next);
            else
                _journal.Send(peer.Node, next);
            return;
        }

        if (peer is not null && promise.ChosenThrough > _log.ChosenThrough)
            _learner.Ask(peer);
        LeadIfReady();
    }

    private void OnAccept(Accept accept, Peer peer)
    {
        if (!Follow(accept.Ballot, peer))
            return;

        // Left out while the journal is full, the vote is like a message lost: the leader asks for it again.
        if (!_journal.IsFull)
            _acceptor.Answer(accept);
        LearnChosen(accept.Ballot, accept.ChosenThrough, peer);
    }

    private void OnAccepted(Accepted accepted, Peer? peer, int place)
    {
        if (Role != Role.Leader || !_options.Rules.IsVoteFor(accepted.Ballot, _proposer.Ballot))
            return;
        _proposer.Count(place, accepted);
        ChooseVoted();

        if (peer is null)
            return;
        peer.VotedThrough = Math.Max(peer.VotedThrough, accepted.Slot);
        _ownDisk.OnPeerVoted(peer.VotedThrough, _peers.Now);
        HearAnswer(peer, accepted.ChosenThrough);
    }

    private void OnHeartbeat(Heartbeat heartbeat, Peer peer)
    {
        if (!Follow(heartbeat.Ballot, peer))
            return;
        LearnChosen(heartbeat.Ballot, heartbeat.ChosenThrough, peer);
        _journal.Send(peer.Node, new HeartbeatAck(heartbeat.Ballot, heartbeat.Round, _log.ChosenThrough) { From = Self });
    }

    private void OnHeartbeatAck(HeartbeatAck ack, Peer peer)
    {
        if (Role != Role.Leader || ack.Ballot != _proposer.Ballot)
            return;
        _reads.Confirm(peer.Place, ack.Round, _pending.ReadsConfirmed);
        HearAnswer(peer, ack.ChosenThrough);
    }

    private void HearAnswer(Peer peer, long chosenThrough)
    {
        peer.AnsweredAt = _peers.Now;
        peer.ChosenThrough = chosenThrough;
        _proposer.Offer(peer);
    }

    private void OnRejected(Rejected rejected)
    {
        _highestRound = Math.Max(_highestRound, rejected.Promised.Round);
        bool isMine = Role switch
        {
            Role.Leader => rejected.Ballot == _proposer.Ballot,
            Role.Candidate => rejected.Ballot == _candidacy!.Ballot,
            _ => false,
        };
        if (isMine && rejected.Promised > rejected.Ballot)
            BecomeFollower(null);
    }

    private void OnLearnReply(LearnReply reply, Peer peer)
    {
        _learner.Answered(peer);
        peer.ChosenThrough = reply.ChosenThrough;
        if (_journal.IsFull)
        {
            LearnFromAhead(peer);
            return;
        }

        long before = _log.ChosenThrough;
        foreach (SlotEntry entry in reply.Entries)
        {
            if (entry.Slot <= _log.ChosenThrough)
                continue;
            if (entry.Slot != _log.ChosenThrough + 1)
                break;

            // Somebody leads, or led, above what this replica follows. A leader must stop before it takes the batch for its own.
            if (_options.Rules.StepsDownOnLearning(entry.Ballot, Promised))
                BecomeFollower(null);
            _acceptor.Learn(entry);
            ChooseNext();
        }

        if (_log.ChosenThrough > before && reply.ChosenThrough > _log.ChosenThrough)
            _learner.Ask(peer);
        if (Role == Role.Leader)
            ChooseVoted();
        LeadIfReady();
    }

    /// <summary>The leader of the ballot knows all through the slot to be chosen.</summary>
    private void LearnChosen(Ballot ballot, long through, Peer peer)
    {
        peer.ChosenThrough = through;
        while (_log.ChosenThrough < through)
        {
            if (!_log.TryGet(_log.ChosenThrough + 1, out SlotEntry entry) || !_options.Rules.IsChosenBatch(entry.Ballot, ballot))
            {
                _learner.Ask(peer);
                return;
            }

            ChooseNext();
        }
    }

    /// <summary>Slots are chosen in order; a later one with all its votes waits for those before it.</summary>
    private void ChooseVoted()
    {
        while (_proposer.NextIsChosen)
            ChooseNext();
    }

    private void ChooseNext()
    {
        SlotEntry chosen = _log.ChooseNext();
        _journal.HintChosen(chosen.Slot);
        if (Role == Role.Leader && _proposer.Close(chosen.Slot) is { Length: > 0 } proposals)
            _own.Enqueue(new OwnBatch(chosen.Slot, proposals));
        long epoch = Configurations.Current.Epoch;
        if (_electorates.OnChosen(chosen))
            EnterConfigurations(epoch);
    }

    /// <summary>A ballot is used by its owner alone; anything else is a misdirected or forged message.</summary>
    private static bool IsOwner(Ballot ballot, Peer peer) => ballot.Node == peer.Node;
}
