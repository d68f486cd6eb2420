namespace Doozer.Paxos;

/// <summary>Pulls chosen slots from peers that are ahead, one request at a time, and answers those that are behind.</summary>
internal sealed class Learner(string self, SlotLog log, Peers peers, Journal journal, ReplicaOptions options)
{
    private Peer? _asked;
    private long _askedAt;
    private Peer? _wanted;
    private int _turn;

    /// <summary>
    /// Asks the peer for what follows the chosen prefix, unless an answer is still due. A full journal comes first.
    /// </summary>
    public void Ask(Peer peer)
    {
        if (_asked is not null)
            return;
        if (journal.IsFull)
        {
            _wanted = peer;
            return;
        }

        _wanted = null;
        _asked = peer;
        _askedAt = peers.Now;
        journal.Send(peer.Node, new LearnRequest(log.ChosenThrough + 1) { From = self });
    }

    /// <summary>
    /// Asks a peer other than this one, another each time. Whether it is ahead only its answer tells: followers hear little of
    /// each other.
    /// </summary>
    public void AskInsteadOf(Peer peer)
    {
        if (peers.Others.IsEmpty)
            return;
        _turn++;
        if (peers.Others[_turn % peers.Others.Length] == peer)
            _turn++;
        Ask(peers.Others[_turn % peers.Others.Length]);
    }

    /// <summary>Asks a peer, another each time, whether there is anything to learn.</summary>
    public void AskNext()
    {
        if (!peers.Others.IsEmpty)
            Ask(peers.Others[++_turn % peers.Others.Length]);
    }

    /// <summary>Asks what it did not ask while the journal was full.</summary>
    public void Resume()
    {
        if (_wanted is { } peer && !journal.IsFull && peer.ChosenThrough > log.ChosenThrough)
            Ask(peer);
    }

    /// <summary>Asks again, and another peer if there is one, when no answer came: it may be lost or the peer gone.</summary>
    public void Tick()
    {
        if (_asked is null || peers.Now - _askedAt < 2 * options.HeartbeatTicks)
            return;
        Peer silent = _asked;
        _asked = null;
        for (int i = 1; i <= peers.Others.Length; i++)
        {
            Peer next = peers.Others[(PlaceOf(silent) + i) % peers.Others.Length];
            if (next.ChosenThrough > log.ChosenThrough)
            {
                Ask(next);
                return;
            }
        }
    }

    /// <summary>The answer is there, whatever it holds.</summary>
    public void Answered(Peer peer)
    {
        if (_asked == peer)
            _asked = null;
    }

    /// <param name="request">What is asked for.</param>
    /// <param name="snapshot">The slot that this replica's snapshot ends with.</param>
    public void Answer(LearnRequest request, long snapshot)
    {
        if (request.FromSlot < log.First)
        {
            journal.Send(request.From, new SnapshotOffer(snapshot, log.ChosenThrough) { From = self });
            return;
        }

        var entries = new List<SlotEntry>();
        long bytes = 0L;
        for (long slot = request.FromSlot; slot <= log.ChosenThrough && bytes < options.LearnChunkBytes; slot++)
        {
            if (!log.TryGet(slot, out SlotEntry entry))
                throw new SafetyViolationException($"Slot {slot} is chosen, but this replica has no batch for it.");
            entries.Add(entry);
            bytes += entry.Size;
        }

        journal.Send(request.From, new LearnReply(log.ChosenThrough, [.. entries]) { From = self });
    }

    private int PlaceOf(Peer peer)
    {
        // One that is no member any more has none; then it begins with the first.
        int place = peers.Others.Length - 1;
        while (place >= 0 && peers.Others[place] != peer)
            place--;
        return place;
    }
}
