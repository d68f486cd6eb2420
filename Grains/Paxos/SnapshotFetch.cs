namespace Doozer.Paxos;

/// <summary>
/// Pulls a peer's snapshot, a chunk at a time, after this replica has fallen behind what peers still have in their logs. The
/// next chunk is asked for when the last is stored; a lost one is asked for again; a peer that stays silent, or gives what is of
/// no use, is given up and passed over once.
/// </summary>
internal sealed class SnapshotFetch(string self, Peers peers, Journal journal, ReplicaOptions options)
{
    private Peer? _from;
    private long _offered;
    private long _slot;
    private long _offset;
    private long _heardAt;
    private long _askedAt;
    private long _notBefore;
    private bool _storing;
    private Peer? _refused;
    private long _refusedSlot;

    /// <summary>Pulls the snapshot that the peer offers, unless one is being pulled or a refusal was a short while ago.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="slot">The slot that its snapshot ends with.</param>
    /// <returns>False when it was refused before, so that another peer is to be asked.</returns>
    public bool Offered(Peer peer, long slot)
    {
        if (_from is not null || peers.Now < _notBefore)
            return true;
        if (peer == _refused && slot <= _refusedSlot)
        {
            // Passed over once only: no other peer may have one, and what went wrong may have been this replica's own disk.
            _refused = null;
            return false;
        }

        _from = peer;
        _offered = slot;
        _slot = 0;
        _offset = 0;
        _storing = false;
        _heardAt = peers.Now;
        Ask();
        return true;
    }

    /// <summary>Gives up, or is done.</summary>
    public void End() => _from = null;

    /// <summary>Gives up, and for a while takes no other offer: what went wrong may go wrong again.</summary>
    public void Refuse()
    {
        PassOver();
        _notBefore = peers.Now + (10 * options.ElectionTicks);
    }

    /// <summary>Whether the chunk is the next to store.</summary>
    public bool Take(Peer peer, SnapshotChunk chunk)
    {
        if (_from != peer || _storing)
            return false;

        // The peer may have replaced the snapshot it began with by a newer one, or lost its reader: then all begins again.
        bool isNext = chunk.Slot == _slot && chunk.Offset == _offset;
        if (!isNext && (chunk.Slot == _slot || chunk.Offset != 0))
            return false;
        _slot = chunk.Slot;
        _offset = chunk.Offset;
        _heardAt = peers.Now;
        _storing = true;
        return true;
    }

    /// <summary>The last chunk is stored; asks for what follows it.</summary>
    public void Stored(SnapshotChunk chunk)
    {
        if (_from is null || !_storing || chunk.Slot != _slot || chunk.Offset != _offset)
            return;
        _offset += chunk.Bytes.Length;

        // After the last chunk whoever stores it checks the file, and then ends this either way.
        if (chunk.IsLast)
            return;
        _storing = false;
        _heardAt = peers.Now;
        Ask();
    }

    public void Tick()
    {
        // Storing has no timeout: the disk is this replica's own.
        if (_from is null || _storing)
            return;
        if (peers.Now - _heardAt >= 4 * options.ElectionTicks)
            PassOver();
        else if (peers.Now - _askedAt >= options.ElectionTicks)
            Ask();
    }

    /// <summary>Gives up, and prefers another peer next.</summary>
    private void PassOver()
    {
        _refused = _from;
        _refusedSlot = Math.Max(_offered, _slot);
        End();
    }

    private void Ask()
    {
        _askedAt = peers.Now;
        journal.Send(_from!.Node, new SnapshotRequest(_slot, _offset) { From = self });
    }
}
