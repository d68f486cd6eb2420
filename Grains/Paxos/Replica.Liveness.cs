namespace Doozer.Paxos;

/// <summary>
/// What a replica makes of signs that other nodes are alive, or are not. A group that nobody uses goes quiet: its leader says so
/// with its last word, and then no replica sends, or waits for, anything. For a quiet replica time stands still. It wakes when it
/// is asked for something, or sent anything, or when another member is alive no more, or again. It follows its leader meanwhile,
/// and nothing that is safe rests on that.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>Tick at which there was something to do.</summary>
    private long _busyAt;

    /// <summary>
    /// Whether another node is alive, by a signal that each node gives once for all its groups; null where there is none, and
    /// then no group goes quiet. Whenever it changes, <see cref="LivenessChanged"/> is to be told.
    /// </summary>
    public Func<string, bool>? IsAlive { get; init; }

    /// <summary>Whether a leader has to measure time for something beside the protocol, and so must not go quiet.</summary>
    public bool IsNeeded { get; set; }

    /// <summary>Whether this replica needs no ticks.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>The answer of <see cref="IsAlive"/> for a node has changed.</summary>
    public void LivenessChanged(string node)
    {
        if (!IsQuiet || _peers.Find(node) is null)
            return;
        if (Leader == node && !IsAlive!(node))
            ConnectionEnded(node);
        else
            Wake();
    }

    /// <summary>
    /// The connection to a peer has ended, so its process may have. It is a hint only: whoever follows that peer asks at once
    /// whether others would follow it instead, and those who still hear the peer say no. The next in the list asks first, and
    /// each after it a tick later, so that they do not stand against each other.
    /// </summary>
    public void ConnectionEnded(string node)
    {
        if (_peers.Find(node) is not null)
            Wake();
        if (Leader != node || _peers.Find(node) is not { } leader)
            return;
        SetLeader(null);
        RestartElectionTimer();
        if (IsVoter)
        {
            _timeout = TicksAfter(leader.Node);
            if (_timeout == 0)
                StartPreVote();
        }

        // Who noticed a moment earlier has asked already, and was told no.
        foreach (Peer peer in _peers.Others)
        {
            if (peer.Refused is { } preVote && _peers.Now - peer.RefusedAt <= _options.HeartbeatTicks)
                OnPreVote(preVote, peer);
        }

        HandleOwn();
    }

    private int TicksAfter(string leader)
    {
        QuorumSystem quorums = Configurations.Newest.Quorums;
        int place = quorums.IndexOf(leader);

        // A leader that is left out has no place; then the first in the list is the next.
        return (quorums.IndexOf(Self) - place - 1 + (2 * quorums.Count)) % quorums.Count;
    }

    private void Wake()
    {
        _busyAt = _peers.Now;
        if (!IsQuiet)
            return;

        // It is as if the leader had just been heard, and by it, those who had answered it when it fell silent.
        IsQuiet = false;
        _sinceLeader = 0;
        _elapsed = 0;
        if (Role != Role.Leader)
            return;
        foreach (Peer peer in _peers.Others)
        {
            if (IsUpToDate(peer))
                peer.AnsweredAt = _peers.Now;
        }

        SendHeartbeats();
    }

    /// <summary>
    /// Whether this leader has had nothing to do for a while, and everybody who is there knows all that it knows.
    /// </summary>
    private bool MayGoQuiet
    {
        get
        {
            if (IsAlive is null || IsNeeded || _options.QuietTicks == 0 || _peers.Now - _busyAt < _options.QuietTicks
                || !IsSettled || HasWork)
            {
                return false;
            }

            foreach (Peer peer in _peers.Others)
            {
                bool isThere = IsAlive(peer.Node) || _peers.Now - peer.HeardAt < 2 * _options.ElectionTicks;
                if (isThere && !(IsAlive(peer.Node) && IsUpToDate(peer)))
                    return false;
            }

            return true;
        }
    }

    private bool HasWork =>
        _putOut < _log.ChosenThrough || _proposer.HasInFlight || _proposer.CanOpen || _proposer.HasUntold || _reads.HasAny
        || _successor is not null || _journal.Durable < _journal.NewestVote;

    private void GoQuiet()
    {
        foreach (Peer peer in _peers.Others)
            _journal.Send(peer.Node, new Quiet(_proposer.Ballot, _log.ChosenThrough) { From = Self });
        IsQuiet = true;
    }

    private bool IsUpToDate(Peer peer) =>
        peer.ChosenThrough == _log.ChosenThrough && _peers.Now - peer.AnsweredAt <= 2 * _options.HeartbeatTicks;

    private void OnQuiet(Quiet quiet, Peer peer)
    {
        if (!Follow(quiet.Ballot, peer))
            return;
        LearnChosen(quiet.Ballot, quiet.ChosenThrough, peer);
        if (quiet.ChosenThrough == _log.ChosenThrough && IsAlive is not null && IsAlive(peer.Node))
        {
            _journal.FlushHint();
            IsQuiet = true;
        }
        else
        {
            // Which wakes it.
            _learner.Ask(peer);
        }
    }
}
