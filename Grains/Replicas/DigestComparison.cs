using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>
/// Compares this replica's digests of its state with those that its peers had after the same slots. Remembers a few slots only:
/// who is further behind is compared when it has caught up.
/// </summary>
internal sealed class DigestComparison(QuorumSystem quorums, string self)
{
    private const int MostSlots = 8;
    private readonly SortedList<long, ulong?[]> _slots = [];
    private readonly int _self = quorums.IndexOf(self);

    /// <summary>Notes what a replica, this one or a peer's, had after a slot.</summary>
    /// <returns>What that shows.</returns>
    public DigestVerdict Add(string node, long slot, ulong digest)
    {
        if (!_slots.TryGetValue(slot, out ulong?[]? digests))
        {
            _slots.Add(slot, digests = new ulong?[quorums.Count]);
            if (_slots.Count > MostSlots)
                _slots.RemoveAt(0);
        }

        digests[quorums.IndexOf(node)] = digest;
        if (digests[_self] is not { } own)
            return DigestVerdict.Agreement;
        string[] others = [.. quorums.Acceptors.Where((_, place) => digests[place] is { } other && other != own)];
        bool isOdd = digests.Where(other => other != own).GroupBy(other => other)
            .Any(group => group.Key is not null && group.Count() > quorums.Count / 2);
        return new DigestVerdict(others, isOdd);
    }
}

/// <summary>What digests of one slot show.</summary>
/// <param name="Others">The nodes whose state differs from this node's.</param>
/// <param name="IsOdd">Whether most replicas agree on another state than this node's.</param>
internal readonly record struct DigestVerdict(IReadOnlyList<string> Others, bool IsOdd)
{
    public static readonly DigestVerdict Agreement = new([], false);
}
