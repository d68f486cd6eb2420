using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>
/// Until when the sessions of a namespace live, by the clock of the leader that this replica is. Each lives for its ttl from when
/// the leader began to lead, from when it was opened, or from the newest sign of life.
/// </summary>
internal sealed class SessionLeases(TimeProvider time, SessionRules rules)
{
    private readonly Dictionary<long, Lease> _leases = [];
    private readonly PriorityQueue<long, long> _due = new();
    private SessionTable _sessions = null!;

    /// <summary>The ballot that it leads with; null while it does not lead.</summary>
    public Ballot? Ballot { get; private set; }

    /// <summary>This replica leads, from now on.</summary>
    public void Begin(Ballot ballot, SessionTable sessions)
    {
        End();
        Ballot = ballot;
        _sessions = sessions;
        foreach (Session session in sessions.All)
        {
            if (!_leases.ContainsKey(session.Id))
                Add(session);
        }
    }

    /// <summary>It leads no longer.</summary>
    public void End()
    {
        Ballot = null;
        if (!rules.ForgetsWhenDeposed)
            return;
        _leases.Clear();
        _due.Clear();
    }

    /// <summary>A session was opened.</summary>
    public void Opened(long id)
    {
        if (Ballot is not null && _sessions.Find(id) is { } session && !_leases.ContainsKey(id))
            Add(session);
    }

    /// <summary>The timestamp until which a session lives; null when it is not known, or about to be closed.</summary>
    public long? UntilOf(long id) => _leases.TryGetValue(id, out Lease? lease) && !lease.IsClosing ? lease.Until : null;

    /// <summary>Lets a session live for its ttl from a timestamp.</summary>
    /// <returns>False when it is over, or about to be.</returns>
    public bool Renew(long id, long from)
    {
        if (!_leases.TryGetValue(id, out Lease? lease) || lease.IsClosing || _sessions.Find(id) is null)
            return false;
        lease.Until = Math.Max(lease.Until, from + lease.Ttl);
        return true;
    }

    /// <summary>Takes out the sessions that are over now and still open, up to a number; they live on no more.</summary>
    public List<long> TakeExpired(int most)
    {
        List<long> expired = [];
        long now = time.GetTimestamp();
        while (expired.Count < most && _due.TryPeek(out long id, out long due) && due < now)
        {
            Lease lease = _leases[id];
            if (_sessions.Find(id) is null)
            {
                _due.Dequeue();
                _leases.Remove(id);
            }
            else if (lease.Until >= now)
            {
                _due.DequeueEnqueue(id, lease.Until);
            }
            else
            {
                // It is looked at again when its closing should be long done.
                lease.IsClosing = true;
                lease.Until = now + lease.Ttl;
                _due.DequeueEnqueue(id, lease.Until);
                expired.Add(id);
            }
        }

        return expired;
    }

    /// <summary>Their closing was not proposed: they are over and still open, as before they were taken out.</summary>
    public void TakeBack(List<long> expired)
    {
        foreach (long id in expired)
        {
            if (!_leases.TryGetValue(id, out Lease? lease) || !lease.IsClosing)
                continue;
            lease.IsClosing = false;
            lease.Until = time.GetTimestamp() - 1;
            _due.Remove(id, out _, out _);
            _due.Enqueue(id, lease.Until);
        }
    }

    private void Add(Session session)
    {
        var lease = new Lease { Ttl = InTimestamps(session.Ttl) };
        lease.Until = time.GetTimestamp() + InTimestamps(rules.FirstLease(session));
        _leases.Add(session.Id, lease);
        _due.Enqueue(session.Id, lease.Until);
    }

    private long InTimestamps(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private sealed class Lease
    {
        public required long Ttl { get; init; }

        public long Until { get; set; }

        public bool IsClosing { get; set; }
    }
}
