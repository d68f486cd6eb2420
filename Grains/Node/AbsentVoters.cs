namespace Doozer.Node;

/// <summary>Since when voters have not answered.</summary>
internal sealed class AbsentVoters(TimeProvider time)
{
    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);

    /// <summary>The voter that has been absent longest, if that is longer than a time; null when there is none.</summary>
    /// <param name="limit">The time.</param>
    /// <param name="absent">Those that are absent now.</param>
    public string? LongestOver(TimeSpan limit, IEnumerable<string> absent)
    {
        var now = new HashSet<string>(absent, StringComparer.Ordinal);
        foreach (string back in _since.Keys.Where(node => !now.Contains(node)).ToArray())
            _since.Remove(back);
        foreach (string node in now)
            _since.TryAdd(node, time.GetTimestamp());
        return _since
            .Where(each => time.GetElapsedTime(each.Value) >= limit)
            .OrderBy(each => each.Value)
            .Select(each => each.Key)
            .FirstOrDefault();
    }
}
