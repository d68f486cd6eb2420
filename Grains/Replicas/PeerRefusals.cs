using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>
/// Remembers which peers refused this node or were refused, so that each is told of once and a lost cause is seen.
/// </summary>
internal sealed class PeerRefusals(Func<QuorumSystem> quorums)
{
    private const int MostRemembered = 100;

    private readonly HashSet<(string Peer, Guid Incarnation)> _reported = [];
    private readonly HashSet<string> _refusedBy = new(StringComparer.Ordinal);

    /// <summary>Whether this peer is met for the first time, and should be reported.</summary>
    public bool FirstTime(string peer, Guid incarnation) =>
        _reported.Count < MostRemembered && _reported.Add((peer, incarnation));

    /// <summary>Forgets that the peer refused: it was set right since.</summary>
    public void Agrees(string peer) => _refusedBy.Remove(peer);

    /// <summary>
    /// Counts a refusal; true when most peers refuse this node, so that it is the one that was set up wrongly. One wrong peer
    /// stops nobody, whatever the quorums' sizes are.
    /// </summary>
    public bool IsRefusedByMost(string refusedBy)
    {
        _refusedBy.Add(refusedBy);
        return 2 * _refusedBy.Count >= quorums().Count;
    }
}
