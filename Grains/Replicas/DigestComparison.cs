using Doozer.Paxos;

namespace Doozer.Replicas;

/// <summary>
/// Compares this replica's digests of its state with those that its peers had after the same slots. Remembers a few slots only:
/// who is further behind is compared when it has caught up.
/// </summary>
internal sealed class DigestComparison(Func<QuorumSystem> quorums, string self)
{
    private const int MostSlots = 8;
    private readonly SortedList<long, SortedList<string, ulong>> _slots = [];

    /// <summary>Notes what a replica, this one or a peer's, had after a slot.</summary>
    /// <returns>What that shows.</returns>
    public DigestVerdict Add(string node, long slot, ulong digest)
    {
        if (!_slots.TryGetValue(slot, out SortedList<string, ulong>? digests))
        {
            _slots.Add(slot, digests = new SortedList<string, ulong>(StringComparer.Ordinal));
            if (_slots.Count > MostSlots)
                _slots.RemoveAt(0);
        }

        digests[node] = digest;
        if (!digests.TryGetValue(self, out ulong own))
            return DigestVerdict.Agreement;
        string[] others = [.. digests.Where(other => other.Value != own).Select(other => other.Key)];
        QuorumSystem now = quorums();
        bool isOdd = others.Where(other => now.IndexOf(other) >= 0).GroupBy(other => digests[other])
            .Any(group => group.Count() > now.Count / 2);
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
