using System.Security.Cryptography;

namespace Doozer.Client;

/// <summary>
/// Keeps the sessions of one namespace alive: whatever is due goes into one call. For implementations of
/// <see cref="IDoozerNamespace"/>; applications see only <see cref="Session"/>.
/// </summary>
/// <remarks>One timer for all sessions, so that ten thousand of them cost little.</remarks>
public sealed class SessionKeeper
{
    /// <summary>Most calls that may be unanswered at once; one that hangs must not keep the next from another gateway.</summary>
    private const int MaxPending = 8;

    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);

    private readonly Func<long[], Task<long[]>> _keepAlive;
    private readonly Func<long, CancellationToken, Task> _close;
    private readonly Lock _gate = new();
    private readonly SortedSet<Session> _due = new(Comparer<Session>.Create(static (one, other) =>
        one.Due != other.Due ? one.Due.CompareTo(other.Due) : one.Id.CompareTo(other.Id)));
    private readonly ITimer _timer;
    private int _pending;
    private int _failures;

    /// <summary>Creates a keeper, which does nothing until it has a session.</summary>
    /// <param name="namespace">Name of the namespace.</param>
    /// <param name="time">The clock: its timestamps must be monotonic.</param>
    /// <param name="keepAlive">Asks the store once to let sessions live on, and tells which are over, as
    /// <see cref="INamespaceGrain.KeepAlive"/>. Any failure means that it is not known.</param>
    /// <param name="close">Ends a session in the store, as <see cref="INamespaceGrain.CloseSession"/>.</param>
    public SessionKeeper(
        string @namespace,
        TimeProvider time,
        Func<long[], Task<long[]>> keepAlive,
        Func<long, CancellationToken, Task> close)
    {
        ArgumentNullException.ThrowIfNull(time);
        (Namespace, Time, _keepAlive, _close) = (@namespace, time, keepAlive, close);

        // The timer must not carry on what belongs to the caller who happened to be first, such as Orleans' request context.
        AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(
            static keeper => ((SessionKeeper)keeper!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        flow?.Undo();
    }

    /// <summary>Name of the namespace.</summary>
    public string Namespace { get; }

    internal TimeProvider Time { get; }

    /// <summary>Opens a session and keeps it from then on.</summary>
    /// <param name="ttl">How long it lasts without a sign of life.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="open">Opens one in the store, and gives its id. Is called again when that took so long that the session is
    /// over already.</param>
    public async Task<Session> OpenAsync(TimeSpan ttl, string owner, Func<Task<long>> open)
    {
        ArgumentNullException.ThrowIfNull(open);

        long sent;
        long id;
        do
        {
            // It lives from a moment after this one, whichever attempt opened it.
            sent = Time.GetTimestamp();
            id = await open();
        }
        while (Time.GetTimestamp() >= sent + Usable(ttl));

        var session = new Session(this, id, ttl, owner, sent + Usable(ttl)) { RenewAt = sent + Ticks(ttl / 3) };
        lock (_gate)
        {
            Place(session);
            Arm();
        }

        return session;
    }

    /// <summary>Lets a session end here at once, and then in the store.</summary>
    internal async Task CloseAsync(Session session)
    {
        lock (_gate)
        {
            _due.Remove(session);
            Arm();
        }

        session.End();
        using var bound = new CancellationTokenSource(session.Ttl, Time);
        try
        {
            await _close(session.Id, bound.Token);
        }
        catch (Exception exception) when (exception is SessionExpiredException or OperationCanceledException)
        {
            // It is over.
        }
    }

    /// <summary>Ends what was not confirmed in time, and sends signs of life for what is due.</summary>
    private void Turn()
    {
        List<Session> over = [];
        List<Session> due = [];
        long now;
        lock (_gate)
        {
            now = Time.GetTimestamp();
            while (due.Count < Limits.KeepAliveSessions && _due.Min is { } session && session.Due <= now)
            {
                _due.Remove(session);
                (session.AliveUntil <= now ? over : due).Add(session);
            }

            if (due.Count != 0 && _pending < MaxPending)
                Gather(due, now);
            foreach (Session session in due)
            {
                session.IsAwaited = true;
                session.RenewAt = now + Ticks(Attempt(session));
                Place(session);
            }

            if (_pending == MaxPending)
                due.Clear();
            else if (due.Count != 0)
                _pending++;
            Arm();
        }

        foreach (Session session in over)
            session.End();
        if (due.Count != 0)
            _ = RenewAsync(due, now);
    }

    /// <summary>Takes along what is due soon, so that sessions that began at different times go together from then on.</summary>
    private void Gather(List<Session> due, long now)
    {
        int first = due.Count;
        foreach (Session session in _due)
        {
            if (due.Count == Limits.KeepAliveSessions)
                break;
            if (!session.IsAwaited && session.RenewAt - now <= Ticks(session.Ttl / 6))
                due.Add(session);
        }

        for (int i = first; i < due.Count; i++)
            _due.Remove(due[i]);
    }

    private async Task RenewAsync(List<Session> sessions, long sent)
    {
        try
        {
            long[] over = await _keepAlive([.. sessions.Select(static session => session.Id)]);
            Confirm(sessions, sent, [.. over]);
        }
        catch (Exception)
        {
            // Whatever it was, they are not confirmed: they are renewed soon, or lost in time.
            RenewSoon(sessions);
        }
    }

    private void Confirm(List<Session> sessions, long sent, HashSet<long> over)
    {
        lock (_gate)
        {
            (_pending, _failures) = (_pending - 1, 0);
            foreach (Session session in sessions)
            {
                // Neither closed nor lost in the meantime: what was lost once stays so.
                if (!_due.Remove(session) || over.Contains(session.Id))
                    continue;
                session.AliveUntil = Math.Max(session.AliveUntil, sent + Usable(session.Ttl));
                session.RenewAt = Math.Max(session.IsAwaited ? 0 : session.RenewAt, sent + Ticks(session.Ttl / 3));
                session.IsAwaited = false;
                Place(session);
            }

            Arm();
        }

        foreach (Session session in sessions)
        {
            if (over.Contains(session.Id))
                session.End();
        }
    }

    private void RenewSoon(List<Session> sessions)
    {
        lock (_gate)
        {
            _pending--;
            _failures = Math.Min(_failures + 1, 5);
            long soon = Time.GetTimestamp() + Ticks(ShortestPause * (1 << _failures) * Jitter());
            foreach (Session session in sessions)
            {
                if (!_due.Remove(session))
                    continue;
                session.RenewAt = Math.Min(session.RenewAt, soon);
                session.IsAwaited = false;
                Place(session);
            }

            Arm();
        }
    }

    private void Place(Session session)
    {
        session.Due = Math.Min(session.RenewAt, session.AliveUntil);
        _due.Add(session);
    }

    private void Arm()
    {
        TimeSpan due = Timeout.InfiniteTimeSpan;
        if (_due.Min is { } next)
        {
            // Timers drop fractions of a millisecond: not rounded up, the last one would be a busy loop.
            double left = (next.Due - Time.GetTimestamp()) * 1000.0 / Time.TimestampFrequency;
            due = TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(left)));
        }

        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Time.TimestampFrequency);

    private long Usable(TimeSpan ttl) => Ticks(ttl * 0.9);

    private static TimeSpan Attempt(Session session) =>
        session.Ttl / 6 < LongestAttempt ? session.Ttl / 6 : LongestAttempt;

    private static double Jitter() => 0.5 + (RandomNumberGenerator.GetInt32(1000) / 2000.0);
}
