using System.Diagnostics.CodeAnalysis;

namespace Doozer.Replicas;

/// <summary>
/// Requests that the protocol has taken and not answered, by their tickets. A replica that breaks answers them by these: what it
/// knows of them itself may be half done, and none may wait for ever. Any thread.
/// </summary>
internal sealed class Outstanding<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, T> _requests = [];
    private long _tickets;
    private bool _closed;

    /// <summary>Gives the request a ticket; false once closed.</summary>
    public bool TryAdd(T request, out long ticket)
    {
        lock (_lock)
        {
            ticket = ++_tickets;
            return !_closed && _requests.TryAdd(ticket, request);
        }
    }

    /// <summary>Takes the request out; false when it was answered already.</summary>
    public bool TryRemove(long ticket, [NotNullWhen(true)] out T? request)
    {
        lock (_lock)
            return _requests.Remove(ticket, out request);
    }

    public bool TryGet(long ticket, [NotNullWhen(true)] out T? request)
    {
        lock (_lock)
            return _requests.TryGetValue(ticket, out request);
    }

    /// <summary>Takes no more, and gives those that are left, oldest first.</summary>
    public T[] Close()
    {
        lock (_lock)
        {
            _closed = true;
            T[] left = [.. _requests.OrderBy(request => request.Key).Select(request => request.Value)];
            _requests.Clear();
            return left;
        }
    }
}
