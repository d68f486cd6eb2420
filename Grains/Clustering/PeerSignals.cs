namespace Doozer.Clustering;

/// <summary>
/// Which other nodes are alive: those of which a sign of life came a short while ago. One signal between two nodes stands for all
/// that they have to do with each other. Any thread.
/// </summary>
/// <param name="time">The time.</param>
/// <param name="silence">After so long without a sign a node is taken for gone.</param>
internal sealed class PeerSignals(TimeProvider time, TimeSpan silence)
{
    private readonly Dictionary<string, long> _heard = new(StringComparer.Ordinal);

    /// <summary>Whether a node is alive has changed. Raised on any thread.</summary>
    public event Action<string>? Changed;

    public bool IsAlive(string node)
    {
        lock (_heard)
            return _heard.ContainsKey(node);
    }

    /// <summary>A node has given a sign of life.</summary>
    public void Heard(string node)
    {
        bool isNews;
        lock (_heard)
        {
            isNews = !_heard.ContainsKey(node);
            _heard[node] = time.GetTimestamp();
        }

        if (isNews)
            Changed?.Invoke(node);
    }

    /// <summary>A node is gone.</summary>
    public void Ended(string node)
    {
        bool isNews;
        lock (_heard)
            isNews = _heard.Remove(node);
        if (isNews)
            Changed?.Invoke(node);
    }

    /// <summary>Takes those for gone that have been silent for too long; to be called now and then.</summary>
    public void Look()
    {
        string[] silent;
        lock (_heard)
            silent = [.. _heard.Where(node => time.GetElapsedTime(node.Value) >= silence).Select(node => node.Key)];
        foreach (string node in silent)
            Ended(node);
    }
}
