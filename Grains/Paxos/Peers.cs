using System.Runtime.InteropServices;

namespace Doozer.Paxos;

/// <summary>One peer as this replica knows it; -1 if not known.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PeerView(string Node, bool Reachable, long ChosenThrough);

/// <summary>Another acceptor, as far as its messages tell.</summary>
internal sealed class Peer(string node, int index)
{
    public string Node { get; } = node;

    public int Index { get; } = index;

    /// <summary>Tick of its last message, whatever it said.</summary>
    public long HeardAt { get; set; } = Peers.Never;

    /// <summary>Tick of its last answer to this leader. A peer that speaks but does not hear the leader has none.</summary>
    public long AnsweredAt { get; set; } = Peers.Never;

    /// <summary>
    /// The chosen prefix it told last. It may go back: a restarted replica has forgotten hints.
    /// </summary>
    public long ChosenThrough { get; set; } = -1;

    /// <summary>The pre-vote that it asked for last and was not given; null when it was.</summary>
    public PreVote? Refused { get; set; }

    /// <summary>Tick of that.</summary>
    public long RefusedAt { get; set; }

    /// <summary>Highest slot that it has voted for under this leader.</summary>
    public long VotedThrough { get; set; }

    /// <summary>The chosen prefix it was told by this leader.</summary>
    public long ToldThrough { get; set; }
}

/// <summary>The other acceptors, and the tick it is.</summary>
internal sealed class Peers
{
    public const long Never = -1_000_000_000;

    private readonly Peer?[] _byIndex;
    private readonly Peer[] _others;
    private readonly QuorumSystem _quorums;

    public Peers(string self, QuorumSystem quorums)
    {
        _quorums = quorums;
        SelfIndex = quorums.IndexOf(self);
        _byIndex = new Peer[quorums.Count];
        _others = new Peer[quorums.Count - 1];
        int next = 0;
        for (int i = 0; i < quorums.Count; i++)
        {
            if (i != SelfIndex)
                _byIndex[i] = _others[next++] = new Peer(quorums.Acceptors[i], i);
        }
    }

    public int SelfIndex { get; }

    public long Now { get; private set; }

    public ReadOnlySpan<Peer> Others => _others;

    public void Tick() => Now++;

    /// <summary>The peer of that name; null for this replica itself and for strangers.</summary>
    public Peer? Find(string node)
    {
        int index = _quorums.IndexOf(node);
        return index < 0 ? null : _byIndex[index];
    }

    /// <summary>This replica and the peers heard from within so many ticks.</summary>
    public AcceptorSet Heard(int within)
    {
        AcceptorSet set = AcceptorSet.None.With(SelfIndex);
        foreach (Peer peer in _others)
        {
            if (Now - peer.HeardAt < within)
                set = set.With(peer.Index);
        }

        return set;
    }

    /// <summary>This leader and the peers that answered it within so many ticks.</summary>
    public AcceptorSet Answered(int within)
    {
        AcceptorSet set = AcceptorSet.None.With(SelfIndex);
        foreach (Peer peer in _others)
        {
            if (Now - peer.AnsweredAt < within)
                set = set.With(peer.Index);
        }

        return set;
    }
}
