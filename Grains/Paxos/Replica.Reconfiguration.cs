namespace Doozer.Paxos;

/// <summary>What becomes of a wish for other quorums.</summary>
internal enum ReconfigureResult
{
    /// <summary>It is proposed, or it is so already; see <see cref="Replica.IsSettled"/>.</summary>
    Taken = 0,

    /// <summary>This replica does not lead.</summary>
    NotLeader = 1,

    /// <summary>
    /// An earlier change has not come into force everywhere that it must, or the leader has just begun to lead.
    /// </summary>
    UnderWay = 2,

    /// <summary>New acceptors, or too many of all, are too far behind or do not answer.</summary>
    NotCaughtUp = 3,

    /// <summary>The quorums have changed since the epoch that the wish was made in.</summary>
    Outdated = 4,
}

/// <summary>Who belongs to the group, and how its quorums change.</summary>
internal sealed partial class Replica
{
    private readonly Electorates _electorates;
    private IReadOnlyCollection<string> _members = [];

    /// <summary>The nodes that <see cref="SetMembers"/> was given.</summary>
    public IReadOnlyCollection<string> GivenMembers => _members;

    /// <summary>
    /// The epoch of a configuration without this replica that a peer has told it of, and that it may not have learned.
    /// </summary>
    private long _leftOutSince = -1;

    /// <summary>The configurations that decide the slots beyond the chosen prefix.</summary>
    public Configurations Configurations => _electorates.Configurations;

    /// <summary>
    /// The newest epoch of which this replica's disk knows that it is in force. Peers are told it with every message; it may lag
    /// behind <see cref="Configurations"/>.
    /// </summary>
    public long Epoch => _journal.Epoch;

    /// <summary>
    /// Whether this replica has a vote on any slot beyond its chosen prefix. Without one it learns, and never stands.
    /// </summary>
    public bool IsVoter =>
        (_electorates.Current.Contains(_peers.SelfPlace) && Configurations.Current.Epoch > _leftOutSince)
        || (_electorates.Next is { } next && next.Contains(_peers.SelfPlace) && next.Configuration.Epoch > _leftOutSince);

    /// <summary>
    /// Whether no change of the quorums is under way, as this leader knows, and a phase-2 quorum of the acceptors has it on disk
    /// that they are in force. Then acceptors that are left out are needed no more.
    /// </summary>
    public bool IsSettled =>
        Role == Role.Leader && Configurations.Next is null && !_proposer.IsReconfiguring
        && _log.ChosenThrough >= _proposer.RecoveredThrough
        && _electorates.Current.IsPhase2Quorum(Knowing(Configurations.Current.Epoch));

    /// <summary>
    /// From now on these nodes belong to the group: they are sent the log, as the acceptors of its configurations are, who belong
    /// to it anyway. Without a vote they are learners. Those that are too many beside the acceptors are left out.
    /// </summary>
    public void SetMembers(IReadOnlyCollection<string> nodes)
    {
        _members = nodes;
        Wake();
        RefreshPeers();
        HandleOwn();
    }

    /// <summary>Whether a node is a peer of this replica, or the one that it is on.</summary>
    public bool Knows(string node) => node == Self || _peers.Find(node) is not null;

    /// <summary>
    /// Whether a node is a peer of this replica; one that is in a later epoch than this replica becomes one: it knows the group
    /// as it is now.
    /// </summary>
    public bool Admits(string node, long epoch)
    {
        if (Knows(node))
            return true;
        if (epoch <= Configurations.Newest.Epoch || AllMembers(_members).Count >= Peers.MaxMembers)
            return false;
        SetMembers([.. _members, node]);
        return true;
    }

    /// <summary>
    /// A peer that is in a later epoch says that this replica does not belong to the group any more. It goes on answering what
    /// it is asked, since who is as far behind may need its promise, but stands no more.
    /// </summary>
    public void LeftOut(long epoch)
    {
        _leftOutSince = Math.Max(_leftOutSince, epoch);
        Wake();
        StandsOnlyWithVote();
    }

    /// <summary>
    /// Proposes other quorums. Any may follow any: each slot is decided by those of one configuration, whoever is leader, and a
    /// leader fills it with their promises only. What is refused would be safe too, but might leave nobody who can go on.
    /// </summary>
    /// <param name="quorums">The quorums.</param>
    /// <param name="epoch">The epoch that they are to follow; null for whichever there is.</param>
    /// <param name="behind">Gets the acceptors that are not caught up.</param>
    public ReconfigureResult Reconfigure(QuorumSystem quorums, long? epoch, List<string> behind)
    {
        ArgumentNullException.ThrowIfNull(quorums);
        ArgumentNullException.ThrowIfNull(behind);
        if (Role != Role.Leader)
            return ReconfigureResult.NotLeader;
        if (quorums.IsSameAs(Configurations.Newest.Quorums) && !_proposer.IsReconfiguring)
            return ReconfigureResult.Taken;
        if (epoch is not null && epoch != Configurations.Newest.Epoch)
            return ReconfigureResult.Outdated;
        if (!IsSettled)
            return ReconfigureResult.UnderWay;
        Wake();
        bool isAnyNewBehind = false;
        foreach (string acceptor in quorums.Acceptors)
        {
            if (IsCaughtUp(acceptor))
                continue;
            behind.Add(acceptor);
            isAnyNewBehind |= Configurations.Current.Quorums.IndexOf(acceptor) < 0;
        }

        if (isAnyNewBehind || quorums.Count - behind.Count < Math.Max(quorums.Phase1, quorums.Phase2)
            || AllMembers(quorums.Acceptors).Count > Peers.MaxMembers)
        {
            return ReconfigureResult.NotCaughtUp;
        }

        _proposer.Reconfigure(new Reconfiguration(Configurations.Newest.Epoch + 1, quorums).ToBatch());
        return ReconfigureResult.Taken;
    }

    private void StandsOnlyWithVote()
    {
        if (Role == Role.Candidate && !IsVoter)
            BecomeFollower(null);
        _preVoting &= IsVoter;
    }

    private bool IsCaughtUp(string node) => node == Self
        || (_peers.Find(node) is { } peer
            && _peers.Now - peer.AnsweredAt < _options.ElectionTicks
            && peer.ChosenThrough >= _log.ChosenThrough - _options.Window);

    private AcceptorSet Knowing(long epoch)
    {
        AcceptorSet knowing = _peers.SelfAnd(peer => peer.Epoch >= epoch);
        return Epoch >= epoch ? knowing : knowing.Without(_peers.SelfPlace);
    }

    /// <summary>The configurations have changed with the chosen prefix.</summary>
    private void EnterConfigurations(long before)
    {
        RefreshPeers();
        if (Configurations.Current.Epoch > before)
            _journal.Enter(Configurations.Current.Epoch);
        StandsOnlyWithVote();
        if (Role != Role.Leader)
            return;
        _reads.Restart();
        AskForPromises();
    }

    /// <summary>
    /// The slots of a new configuration are filled with the promises of its acceptors only: asks those who have not given theirs.
    /// </summary>
    private void AskForPromises()
    {
        if (_electorates.HavePhase1Quorums(_candidacy!.Promised))
            return;
        foreach (Peer peer in _peers.Others)
        {
            if (_electorates.Contains(peer.Place) && !_candidacy.HasPromise(peer.Place))
                AskForPromise(peer);
        }
    }

    // A ballot must be durable before it is used: used twice, it could carry two batches for one slot.
    private void AskForPromise(Peer peer) => _journal.SendWhenDurable(
        peer.Node, new Prepare(_candidacy!.Ballot, _candidacy.NextSlot(peer.Place)) { From = Self });

    /// <summary>
    /// A leader that is left out goes when those who decide now can do without the ones before: somebody must fill the slots
    /// until its own leaving is in force, and it may be the only one that knows of it.
    /// </summary>
    private void LeaveIfLeftOut()
    {
        if (_successor is null && !_electorates.Contains(_peers.SelfPlace) && IsSettled
            && FindSuccessor(null, votedThrough: 0) is { } successor)
        {
            HandOverTo(successor);
        }
    }

    private void RefreshPeers()
    {
        List<string> nodes = AllMembers(_members);

        // The acceptors come first: they are never too many.
        if (nodes.Count > Peers.MaxMembers)
            nodes.RemoveRange(Peers.MaxMembers, nodes.Count - Peers.MaxMembers);
        if (!_peers.TrySet(nodes))
        {
            // Only sets that a candidate or a leader has in use stand in the way.
            BecomeFollower(null);
            _peers.Recycle();
            _peers.TrySet(nodes);
        }

        _electorates.Refresh();
    }

    private List<string> AllMembers(IReadOnlyCollection<string> others)
    {
        var nodes = new List<string>(Configurations.Current.Quorums.Acceptors);
        foreach (string node in (Configurations.Next?.Quorums.Acceptors ?? []).Append(Self).Concat(others))
        {
            if (!nodes.Contains(node))
                nodes.Add(node);
        }

        return nodes;
    }
}
