namespace Doozer.Simulation;

/// <summary>
/// Gives each revision a write of its own, out of several that could have made it, as long as that is possible.
/// </summary>
internal sealed class WriteMatching(IReadOnlyList<Operation> writes)
{
    private readonly List<int[]> _candidates = [];
    private readonly int[] _revisionOf = [.. Enumerable.Repeat(-1, writes.Count)];

    public IEnumerable<Operation> Unmatched => writes.Where((_, i) => _revisionOf[i] < 0);

    /// <summary>Adds a revision, which any of the writes that <paramref name="couldHaveMade"/> accepts may have made.</summary>
    /// <returns>False when there are fewer such writes than revisions.</returns>
    public bool TryAdd(Func<Operation, bool> couldHaveMade)
    {
        _candidates.Add([.. Enumerable.Range(0, writes.Count).Where(i => couldHaveMade(writes[i]))]);
        return TryAssign(_candidates.Count - 1, []);
    }

    // An augmenting path, as in every bipartite matching: whoever has a write gives it up when another will do.
    private bool TryAssign(int revision, HashSet<int> tried)
    {
        foreach (int write in _candidates[revision])
        {
            if (!tried.Add(write) || (_revisionOf[write] >= 0 && !TryAssign(_revisionOf[write], tried)))
                continue;
            _revisionOf[write] = revision;
            return true;
        }

        return false;
    }
}
