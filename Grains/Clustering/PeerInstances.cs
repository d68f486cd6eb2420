namespace Doozer.Clustering;

/// <summary>
/// The processes that have spoken under each peer's id. A restart brings a new one; when an earlier one speaks again, two run
/// at once, and the later keeps the id.
/// </summary>
internal sealed class PeerInstances
{
    private const int MaxRemembered = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<Guid>> _seen = new(StringComparer.Ordinal);

    /// <summary>Whether no later process speaks under the peer's id.</summary>
    public bool IsCurrent(string peer, Guid instance)
    {
        lock (_gate)
        {
            if (!_seen.TryGetValue(peer, out List<Guid>? seen))
                _seen.Add(peer, seen = []);
            int index = seen.IndexOf(instance);
            if (index >= 0)
                return index == seen.Count - 1;
            if (seen.Count == MaxRemembered)
                seen.RemoveAt(0);
            seen.Add(instance);
            return true;
        }
    }
}
