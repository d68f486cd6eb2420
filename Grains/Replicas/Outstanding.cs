namespace Doozer.Replicas;

/// <summary>
/// Requests that the protocol has taken and not answered. A replica that breaks answers them by these: what it knows of them itself
/// may be half done, and none may wait for ever. Any thread.
/// </summary>
internal sealed class Outstanding<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly HashSet<T> _requests = [];
    private bool _closed;

    /// <summary>False once closed.</summary>
    public bool TryAdd(T request)
    {
        lock (_lock)
            return !_closed && _requests.Add(request);
    }

    public void Remove(T request)
    {
        lock (_lock)
            _requests.Remove(request);
    }

    /// <summary>Takes no more, and gives those that are left.</summary>
    public T[] Close()
    {
        lock (_lock)
        {
            _closed = true;
            T[] left = [.. _requests];
            _requests.Clear();
            return left;
        }
    }
}
