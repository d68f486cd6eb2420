using System.Runtime.InteropServices;

namespace Doozer.Paxos;

/// <summary>One peer as this replica knows it; -1 if not known.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PeerView(string Node, bool Reachable, long ChosenThrough);

/// <summary>Another member of the group, as far as its messages tell.</summary>
internal sealed class Peer(string node, int place)
{
    public string Node { get; } = node;

    /// <summary>Its place among this replica's peers, by which sets of them are made.</summary>
    public int Place { get; } = place;

    /// <summary>Tick of its last message, whatever it said.</summary>
    public long HeardAt { get; set; } = Peers.Never;

    /// <summary>Tick of its last answer to this leader. A peer that speaks but does not hear the leader has none.</summary>
    public long AnsweredAt { get; set; } = Peers.Never;

    /// <summary>
    /// The chosen prefix it told last. It may go back: a restarted replica has forgotten hints.
    /// </summary>
    public long ChosenThrough { get; set; } = -1;

    /// <summary>The newest epoch of which it has told that its disk knows it to be in force.</summary>
    public long Epoch { get; set; }

    /// <summary>The pre-vote that it asked for last and was not given; null when it was.</summary>
    public PreVote? Refused { get; set; }

    /// <summary>Tick of that.</summary>
    public long RefusedAt { get; set; }

    /// <summary>Highest slot that it has voted for under this leader.</summary>
    public long VotedThrough { get; set; }

    /// <summary>The chosen prefix it was told by this leader.</summary>
    public long ToldThrough { get; set; }
}

/// <summary>The other members of the group, acceptors and learners, and the tick it is.</summary>
internal sealed class Peers
{
    public const long Never = -1_000_000_000;

    /// <summary>Most members, this one included: an <see cref="AcceptorSet"/> is one machine word.</summary>
    public const int MaxMembers = QuorumSystem.MaxAcceptors;

    private Peer[] _others = [];

    /// <summary>
    /// Places that were given since the last <see cref="Recycle"/>. One that is free again is not given to somebody else while
    /// there may be sets in which it still means whoever had it before.
    /// </summary>
    private AcceptorSet _given;

    /// <param name="self">This replica's node.</param>
    /// <param name="nodes">All members; this one may be among them.</param>
    public Peers(string self, IReadOnlyList<string> nodes)
    {
        Self = self;

        // Everybody's place is the one in the list, as long as nothing changes.
        var others = new List<Peer>(nodes.Count);
        SelfPlace = -1;
        for (int i = 0; i < nodes.Count; i++)
        {
            if (nodes[i] == self)
                SelfPlace = TakePlace();
            else
                others.Add(new Peer(nodes[i], TakePlace()));
        }

        if (SelfPlace < 0)
            SelfPlace = TakePlace();
        _others = [.. others];
    }

    public string Self { get; }

    public int SelfPlace { get; }

    public long Now { get; private set; }

    public ReadOnlySpan<Peer> Others => _others;

    public void Tick() => Now++;

    /// <summary>The peer of that name; null for this replica itself and for strangers.</summary>
    public Peer? Find(string node)
    {
        foreach (Peer peer in _others)
        {
            if (peer.Node == node)
                return peer;
        }

        return null;
    }

    /// <summary>From now on these are the members. Those that were before stay as they are known.</summary>
    /// <returns>False when too many places were given: then nothing has changed.</returns>
    public bool TrySet(IReadOnlyCollection<string> nodes)
    {
        AcceptorSet given = _given;
        var others = new List<Peer>(nodes.Count);
        foreach (Peer peer in _others)
        {
            if (nodes.Contains(peer.Node))
                others.Add(peer);
        }

        foreach (string node in nodes)
        {
            if (node == Self || Find(node) is not null)
                continue;
            if (_given.Count == MaxMembers)
            {
                _given = given;
                return false;
            }

            others.Add(new Peer(node, TakePlace()));
        }

        _others = [.. others];
        return true;
    }

    /// <summary>No set is in use any more: places of those that are gone may be given again.</summary>
    public void Recycle()
    {
        _given = AcceptorSet.None.With(SelfPlace);
        foreach (Peer peer in _others)
            _given = _given.With(peer.Place);
    }

    /// <summary>This replica and the peers heard from within so many ticks.</summary>
    public AcceptorSet Heard(int within) => SelfAnd(peer => Now - peer.HeardAt < within);

    /// <summary>This leader and the peers that answered it within so many ticks.</summary>
    public AcceptorSet Answered(int within) => SelfAnd(peer => Now - peer.AnsweredAt < within);

    /// <summary>This replica and the peers of which a condition holds.</summary>
    public AcceptorSet SelfAnd(Func<Peer, bool> condition)
    {
        AcceptorSet set = AcceptorSet.None.With(SelfPlace);
        foreach (Peer peer in _others)
        {
            if (condition(peer))
                set = set.With(peer.Place);
        }

        return set;
    }

    private int TakePlace()
    {
        int place = 0;
        while (_given.Contains(place))
            place++;
        _given = _given.With(place);
        return place;
    }
}
