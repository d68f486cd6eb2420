namespace Orleans.Invocation;

/// <summary>The calls under way over one connection, or inside one silo.</summary>
internal sealed class CallTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, PendingCall> _calls = [];
    private ulong _last;
    private Exception? _closed;

    /// <summary>Registers a call and returns its id; fails it at once, with id 0, when the table is closed.</summary>
    public ulong Add(PendingCall call)
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                _calls.Add(++_last, call);
                return _last;
            }
        }

        call.Fail(_closed);
        return 0;
    }

    public PendingCall? Remove(ulong id)
    {
        lock (_gate)
        {
            return _calls.Remove(id, out var call) ? call : null;
        }
    }

    /// <summary>Fails what waits and whatever comes later.</summary>
    public void Close(Exception reason)
    {
        PendingCall[] waiting;
        lock (_gate)
        {
            _closed ??= reason;
            waiting = [.. _calls.Values];
            _calls.Clear();
        }

        foreach (var call in waiting)
        {
            call.Fail(reason);
        }
    }

    public void Expire(long now)
    {
        List<KeyValuePair<ulong, PendingCall>>? expired = null;
        lock (_gate)
        {
            foreach (var pair in _calls)
            {
                if (pair.Value.Deadline < now)
                {
                    (expired ??= []).Add(pair);
                }
            }

            foreach (var (id, _) in expired ?? [])
            {
                _calls.Remove(id);
            }
        }

        foreach (var (_, call) in expired ?? [])
        {
            call.Expire();
        }
    }
}
