namespace Doozer.Paxos;

/// <summary>Who leads: pre-vote, candidacy, leading, stepping down.</summary>
internal sealed partial class Replica
{
    /// <summary>A candidacy's timeout is doubled so often at most: eight times as long.</summary>
    private const int MaxDoublings = 3;

    private Candidacy? _candidacy;
    private int _failedCandidacies;
    private long _attempt;
    private bool _preVoting;
    private AcceptorSet _granted;

    /// <summary>Highest round seen anywhere; the next ballot is above it.</summary>
    private long _highestRound;
    private int _sinceLeader;
    private int _elapsed;
    private int _timeout;
    private long _leadsSince;

    private void TickElection()
    {
        if (++_sinceLeader >= _options.ElectionTicks)
            SetLeader(null);

        // Until its ballot is durable a candidate has asked nobody; another ballot would only have to wait for the same disk.
        if (Role == Role.Candidate && !_candidacy!.HasPromise(_peers.SelfPlace))
            return;
        _elapsed++;
        if (_elapsed >= _timeout)
            StartPreVote();
        else if (_elapsed % _options.HeartbeatTicks == 0)
            AskAgain();
    }

    private void TickLeader()
    {
        // Followers turn to another leader after an election timeout; one that no quorum answers must not keep clients waiting,
        // nor keep the peers that still hear it from following a better connected one.
        if (_peers.Now - _leadsSince >= _options.ElectionTicks
            && !_electorates.HavePhase2Quorums(_peers.Answered(_options.ElectionTicks)))
        {
            BecomeFollower(null);
            return;
        }

        if (_successor is not null && _peers.Now >= _transferEnds)
        {
            _successor = null;
            _proposer.Paused = false;
        }

        LeaveToQuickerDisk();
        LeaveIfLeftOut();
        _proposer.Tick();
        if (_peers.Now % _options.HeartbeatTicks != 0)
            return;
        if (MayGoQuiet)
        {
            GoQuiet();
            return;
        }

        SendHeartbeats();
        AskForPromises();
    }

    private void SendHeartbeats()
    {
        if (_peers.Others.IsEmpty)
            return;
        var heartbeat = new Heartbeat(_proposer.Ballot, _reads.Round, _log.ChosenThrough) { From = Self };
        foreach (Peer peer in _peers.Others)
        {
            peer.ToldThrough = _log.ChosenThrough;
            _journal.Send(peer.Node, heartbeat);
        }
    }

    private void BeginReads()
    {
        _reads.Begin(_log.ChosenThrough, _electorates, _pending.ReadsConfirmed);
        SendHeartbeats();
    }

    /// <summary>
    /// Asks whether a quorum would follow, before any promise is disturbed: a node that merely cannot hear a working leader
    /// must not unseat it.
    /// </summary>
    private void StartPreVote()
    {
        if (Role == Role.Candidate)
            BecomeFollower(null);
        RestartElectionTimer();
        if (!IsVoter)
        {
            // It may have got a vote without knowing, and those who would tell it may have lost theirs.
            _learner.AskNext();
            return;
        }

        _attempt++;
        _preVoting = true;
        _granted = AcceptorSet.None.With(_peers.SelfPlace);
        if (CouldElect(_granted))
            Campaign();
        else
            AskAgain();
    }

    /// <summary>Sends what a standing candidate still has no answer to.</summary>
    private void AskAgain()
    {
        if (Role == Role.Candidate)
        {
            foreach (Peer peer in _peers.Others)
            {
                if (_electorates.Contains(peer.Place) && !_candidacy!.HasPromise(peer.Place))
                    AskForPromise(peer);
            }
        }
        else if (_preVoting)
        {
            foreach (Peer peer in _peers.Others)
            {
                if (_electorates.Contains(peer.Place) && !_granted.Contains(peer.Place))
                    _journal.Send(peer.Node, new PreVote(_attempt, _log.ChosenThrough) { From = Self });
            }
        }
    }

    private void OnPreVote(PreVote preVote, Peer peer)
    {
        peer.ChosenThrough = preVote.ChosenThrough;

        // Leader stickiness: who hears a leader helps nobody to replace it. And a candidate that had to pull a snapshot first
        // would hold the others off meanwhile; whoever is furthest needs none. Nor does one lead that has no vote, or had its
        // last.
        bool granted = Leader is null && preVote.ChosenThrough >= _log.First - 1 && _electorates.Contains(peer.Place);
        peer.Refused = granted ? null : preVote;
        peer.RefusedAt = _peers.Now;
        _journal.Send(peer.Node, new PreVoteReply(preVote.Attempt, granted, Promised, _log.ChosenThrough) { From = Self });
        LearnFromAhead(peer);
    }

    private void OnPreVoteReply(PreVoteReply reply, Peer peer)
    {
        peer.ChosenThrough = reply.ChosenThrough;
        _highestRound = Math.Max(_highestRound, reply.Promised.Round);

        // Cut off from the leader, perhaps, but not from the log: local reads stay fresh, and a candidate has less to catch up.
        LearnFromAhead(peer);
        if (!_preVoting || reply.Attempt != _attempt || !reply.Granted)
            return;
        _granted = _granted.With(peer.Place);
        if (CouldElect(_granted))
            Campaign();
    }

    private void LearnFromAhead(Peer peer)
    {
        if (Role != Role.Leader && peer.ChosenThrough > _log.ChosenThrough)
            _learner.Ask(peer);
    }

    /// <summary>It takes a phase-1 quorum to become leader and a phase-2 quorum to be of use.</summary>
    private bool CouldElect(AcceptorSet set) => _electorates.HavePhase1Quorums(set) && _electorates.HavePhase2Quorums(set);

    private void Campaign()
    {
        _highestRound = Math.Max(_highestRound, Promised.Round) + 1;
        var ballot = new Ballot(_highestRound, Self);
        BecomeFollower(null);
        SetRole(Role.Candidate);
        RestartElectionTimer(isUnderWay: true);
        _candidacy = new Candidacy(ballot, _log.ChosenThrough + 1, _options.Rules);
        _acceptor.Promise(ballot);
        AskAgain();
        _acceptor.Answer(new Prepare(ballot, _log.ChosenThrough + 1) { From = Self });
    }

    /// <summary>Leads once a phase-1 quorum has promised and all that it knows to be chosen is learned.</summary>
    private void LeadIfReady()
    {
        if (Role != Role.Candidate
            || !_electorates.HavePhase1Quorums(_candidacy!.Promised)
            || !_options.Rules.MayLead(_candidacy.HighestPrefix, _log.ChosenThrough))
        {
            return;
        }

        _leadsSince = _peers.Now;
        _successor = null;
        _ownDisk.Forget();
        SetRole(Role.Leader);
        SetLeader(Self);
        _proposer.Start(_candidacy);
        SendHeartbeats();
    }

    /// <summary>Follows whoever owns the ballot, unless a higher one is promised.</summary>
    private bool Follow(Ballot ballot, Peer peer)
    {
        if (!IsOwner(ballot, peer))
            return false;
        if (!_options.Rules.MayAnswer(ballot, Promised))
        {
            _acceptor.Reject(peer.Node, ballot);
            return false;
        }

        _acceptor.Promise(ballot);
        if (Leader != peer.Node || Role != Role.Follower)
            BecomeFollower(peer.Node);
        _preVoting = false;
        _sinceLeader = 0;
        _elapsed = 0;
        return true;
    }

    private void BecomeFollower(string? leader)
    {
        if (Role == Role.Leader)
        {
            _proposer.Abandon(_pending.ProposalsLost);
            _reads.Abandon(_pending.ReadsFailed);
            _successor = null;
        }

        if (Role == Role.Candidate)
            _failedCandidacies++;
        _candidacy = null;
        _preVoting = false;
        _peers.Recycle();
        SetRole(Role.Follower);
        SetLeader(leader);
        RestartElectionTimer();
    }

    private void RestartElectionTimer(bool isUnderWay = false)
    {
        _elapsed = 0;
        _timeout = _options.ElectionTicks + _random.Next(_options.ElectionTicks);

        // A promise takes a write to disk. Where that takes longer than the timeout, trying again as soon would never end; nor
        // would it if those who have promised did not wait for the candidate as long as it waits for the others.
        if (isUnderWay)
            _timeout <<= Math.Min(_failedCandidacies, MaxDoublings);
    }

    private void SetRole(Role role)
    {
        _pending.RoleChanged |= Role != role;
        Role = role;
    }

    private void SetLeader(string? leader)
    {
        _pending.LeaderChanged |= Leader != leader;
        Leader = leader;
        if (leader is null)
            return;
        _sinceLeader = 0;
        _failedCandidacies = 0;
    }
}
