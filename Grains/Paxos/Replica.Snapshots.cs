namespace Doozer.Paxos;

/// <summary>
/// Snapshots: what they let this replica drop, and how it gets one from a peer. What is in them, and their files, are the
/// driver's.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>Most requests of peers for bytes of the snapshot in one output; each peer asks again.</summary>
    private const int MaxSnapshotsWanted = 16;

    private readonly SnapshotFetch _fetch;

    /// <summary>The slot that the newest durable snapshot ends with.</summary>
    private long _snapshotSlot;

    /// <summary>Whether records were put together that no output has taken yet.</summary>
    public bool HasRecords => _pending.Records.Count > 0;

    /// <summary>Oldest slot that is still in memory.</summary>
    public long FirstSlot => _log.First;

    /// <summary>About how many bytes the chosen slots take that are in memory.</summary>
    public long LogBytes => _log.ChosenBytes;

    /// <summary>Whether a snapshot is due for what the chosen slots take in memory.</summary>
    public bool IsLogLong => _log.ChosenBytes >= _options.MaxLogBytes / 2;

    /// <summary>
    /// The records that say again all that must not be forgotten beyond a slot through which a snapshot has everything. When
    /// they, and that snapshot, are durable, the log before them is not needed.
    /// </summary>
    public List<JournalRecord> RecordsAfter(long slot)
    {
        List<JournalRecord> records = _state.RecordsAfter(slot);
        records.RemoveAll(record => !_options.Rules.MustRewrite(record));
        return records;
    }

    /// <summary>About how many bytes <see cref="RecordsAfter"/> would take.</summary>
    public long BytesAfter(long slot) => _state.BytesAfter(slot);

    /// <summary>
    /// A snapshot of everything through the slot is durable. Slots through <paramref name="dropThrough"/> may go, and those after
    /// that are too many.
    /// </summary>
    /// <param name="slot">Its last slot; all of these were put out.</param>
    /// <param name="dropThrough">At most <paramref name="slot"/>; keeping some spares peers that are a little behind the
    /// transfer.</param>
    public void SnapshotTaken(long slot, long dropThrough)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slot, _putOut);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dropThrough, slot);
        _snapshotSlot = Math.Max(_snapshotSlot, slot);
        _log.DropThrough(Math.Max(dropThrough, _log.StartOfTail(slot, _options.KeptLogBytes)));
        _learner.Resume();
    }

    /// <summary>Sends a peer the bytes it wanted.</summary>
    public void SendSnapshot(string peer, SnapshotChunk chunk) => _journal.Send(peer, chunk with { From = Self });

    /// <summary>The bytes of <see cref="Output.SnapshotBytes"/> are stored.</summary>
    public void SnapshotStored(SnapshotChunk chunk) => _fetch.Stored(chunk);

    /// <summary>What was pulled could not be stored or is of no use; after a while another peer is asked for one.</summary>
    public void SnapshotRefused() => _fetch.Refuse();

    /// <summary>The activation that stored the bytes is gone; what was pulled so far counts for nothing.</summary>
    public void AbandonFetch() => _fetch.End();

    /// <summary>
    /// Goes on from a snapshot pulled from a peer, which is checked and durable. Promises, and votes for later slots, stay.
    /// </summary>
    /// <param name="slot">The slot that it ends with.</param>
    /// <param name="configurations">What it says of the quorums; null for those that the group began with.</param>
    /// <returns>
    /// False when this replica is further by now; then nothing changed. Otherwise the next slot put out follows it.
    /// </returns>
    public bool Install(long slot, Configurations? configurations = null)
    {
        _fetch.End();

        // A leader has promises from a quorum about the slots beyond its chosen prefix, and chooses them itself.
        if (slot <= _log.ChosenThrough || Role == Role.Leader)
            return false;

        // Their results are in the snapshot, where whoever submits them again finds them by their ids.
        while (_own.TryDequeue(out OwnBatch own))
        {
            foreach (Proposal proposal in own.Proposals)
                _pending.ProposalsLost.Add(new LostProposal(proposal.Ticket, WasProposed: true));
        }

        _log.StartAfter(slot, _options.Rules.KeepsVotesBeyondSnapshot);
        _putOut = slot;
        _snapshotSlot = Math.Max(_snapshotSlot, slot);
        _journal.HintChosen(slot);
        if (configurations is not null)
            TakeOver(configurations);
        foreach (Peer peer in _peers.Others)
            LearnFromAhead(peer);
        LeadIfReady();
        HandleOwn();
        return true;
    }

    private void TakeOver(Configurations configurations)
    {
        _electorates.TakeOver(configurations);
        RefreshPeers();
        _journal.EnterDurably(configurations.Current.Epoch);
        StandsOnlyWithVote();
    }

    private void OnSnapshotOffer(SnapshotOffer offer, Peer peer)
    {
        _learner.Answered(peer);
        peer.ChosenThrough = offer.ChosenThrough;
        if (Role != Role.Leader && offer.Slot > _log.ChosenThrough && !_fetch.Offered(peer, offer.Slot))
            _learner.AskInsteadOf(peer);
    }

    private void OnSnapshotRequest(SnapshotRequest request, Peer peer)
    {
        if (_pending.SnapshotsWanted.Count < MaxSnapshotsWanted)
            _pending.SnapshotsWanted.Add(new SnapshotWanted(peer.Node, request.Slot, request.Offset));
    }

    private void OnSnapshotChunk(SnapshotChunk chunk, Peer peer)
    {
        if (_pending.SnapshotBytes is null && _fetch.Take(peer, chunk))
            _pending.SnapshotBytes = chunk;
    }
}
