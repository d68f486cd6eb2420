namespace Doozer.Paxos;

/// <summary>
/// Tells a leader that its own disk is much slower than a peer's. It follows one of its votes at a time, from the tick it was put
/// out until it is durable, and compares that with the first peer's vote for the same slot.
/// </summary>
internal sealed class OwnDisk(Journal journal, ReplicaOptions options)
{
    /// <summary>
    /// So many times slower than the quickest peer counts as slow. Disks that are all slow are no reason to move.
    /// </summary>
    private const int TimesSlower = 4;

    private long _record;
    private long _since;
    private long _peerVotedAt;

    /// <summary>A slot that the vote is for, or an earlier one was.</summary>
    public long WatchedSlot { get; private set; }

    /// <summary>Ticks that the quickest peer took for the same slot, to be told when it is slow.</summary>
    public long PeerTook => _peerVotedAt - _since;

    public void Forget() => _record = 0;

    public void OnPeerVoted(long slot, long now)
    {
        if (slot >= WatchedSlot && _peerVotedAt == 0)
            _peerVotedAt = now;
    }

    /// <summary>Ticks that the vote has waited to be durable.</summary>
    public long Waited(long now) => now - _since;

    /// <summary>To be asked once a tick.</summary>
    public bool IsSlow(long openedThrough, long now)
    {
        if (_record <= journal.Durable)
        {
            // Nothing is overdue; the newest vote is the one to follow, if it waits.
            _record = journal.NewestVote;
            _since = now;
            _peerVotedAt = 0;
            WatchedSlot = openedThrough;
            return false;
        }

        return _peerVotedAt > 0 && Waited(now) >= Math.Max(options.ElectionTicks, TimesSlower * PeerTook);
    }
}
