namespace Doozer.Paxos;

/// <summary>Handing leadership over: to whom an operator names, at a stop, or to a quicker disk.</summary>
internal sealed partial class Replica
{
    private string? _successor;
    private bool _successorAsked;
    private long _transferEnds;

    private bool CanTransfer => _successor is not null && !_successorAsked && !_proposer.HasInFlight
        && _peers.Find(_successor)?.ChosenThrough >= _log.ChosenThrough - _options.Window;

    /// <summary>
    /// Lets the log come to rest and asks a peer to take over at once. If it does not within an election timeout, this
    /// replica goes on.
    /// </summary>
    /// <param name="to">The successor; null for the peer that is furthest.</param>
    /// <returns>The successor; null when there is no peer to hand over to, or nothing to hand over.</returns>
    public string? TransferLeadership(string? to = null)
    {
        if (Role != Role.Leader || FindSuccessor(to, votedThrough: 0) is not { } successor)
            return null;
        Wake();
        HandOverTo(successor);
        return successor.Node;
    }

    /// <summary>
    /// The last word of a leader that can write no more: who is to stand for election at once, so that nobody waits for an
    /// election timeout. It promises nothing and so needs no disk.
    /// </summary>
    public Outgoing? Resign() => Role == Role.Leader && FindSuccessor(null, votedThrough: 0) is { } successor
        ? new Outgoing(successor.Node, new TransferLeadership(_proposer.Ballot) { From = Self })
        : null;

    private Peer? FindSuccessor(string? to, long votedThrough)
    {
        Peer? successor = null;
        foreach (Peer peer in _peers.Others)
        {
            if (!_electorates.Newest.Contains(peer.Place)
                || _peers.Now - peer.AnsweredAt >= _options.ElectionTicks
                || (to is not null && peer.Node != to)
                || peer.VotedThrough < votedThrough)
            {
                continue;
            }

            if (successor is null || peer.ChosenThrough > successor.ChosenThrough)
                successor = peer;
        }

        return successor;
    }

    private void HandOverTo(Peer successor)
    {
        _successor = successor.Node;
        _successorAsked = false;
        _transferEnds = _peers.Now + _options.ElectionTicks;
        _proposer.Paused = true;
    }

    /// <summary>
    /// Every write waits for a quorum's disks, and every election for the leader's: it should not be the slowest.
    /// </summary>
    private void LeaveToQuickerDisk()
    {
        if (_successor is null && _ownDisk.IsSlow(_proposer.OpenedThrough, _peers.Now)
            && FindSuccessor(null, _ownDisk.WatchedSlot) is { } quicker)
        {
            HandOverTo(quicker);
            _pending.SlowDisk = new SlowDisk(quicker.Node, _ownDisk.Waited(_peers.Now), _ownDisk.PeerTook);
        }
    }

    private void SendTransfer()
    {
        _successorAsked = true;
        _journal.Send(_successor!, new TransferLeadership(_proposer.Ballot) { From = Self });
    }
}
