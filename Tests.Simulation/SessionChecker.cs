using Doozer.Tree;
using static Doozer.Simulation.SimulationFailureException;

namespace Doozer.Simulation;

/// <summary>
/// Knows by the simulation's true time what clients may rely on: a session lives for its ttl from when the last confirmed sign of
/// life was sent, and a lock is held by one client at a time, under a token that only rises.
/// </summary>
/// <param name="clock">The true time.</param>
internal sealed class SessionChecker(SimulationClock clock)
{
    private readonly Dictionary<long, (long Sent, long Ttl)> _confirmed = [];
    private readonly Dictionary<long, long> _expired = [];
    private (string Holder, long Until) _holder = ("", 0);
    private long _token;

    /// <summary>How many were closed because nothing was heard of them.</summary>
    public int Expired => _expired.Count;

    /// <summary>How often the lock was taken.</summary>
    public int Acquired { get; private set; }

    /// <summary>A client knows that a session is open, by a request that it sent then. Times are in microseconds.</summary>
    public void OnConfirmed(long id, long sent, long ttl)
    {
        if (!_confirmed.TryGetValue(id, out (long Sent, long Ttl) known) || known.Sent < sent)
            _confirmed[id] = (sent, ttl);
        Check(id);
    }

    /// <summary>The first replica has applied a command.</summary>
    public void OnApplied(in Command command, ApplyResult result)
    {
        // The leader's own has no id.
        if (command.Kind != CommandKind.CloseSession || result.Outcome != Outcome.Done || command.RequestId != Guid.Empty)
            return;
        _expired[command.Session] = clock.Now;
        Check(command.Session);
    }

    /// <summary>A client takes the lock for its own until an instant.</summary>
    public void OnAcquired(string holder, long token, long until)
    {
        Require(token > _token, $"{holder} got the token {token} after {_token}");
        Require(
            clock.Now >= _holder.Until,
            $"{holder} has the lock, and {_holder.Holder} may take it for its own until {_holder.Until}");
        (_token, _holder) = (token, (holder, until));
        Acquired++;
    }

    /// <summary>The holder may go on until a later instant.</summary>
    public void OnRenewed(string holder, long until)
    {
        if (_holder.Holder == holder)
            _holder.Until = until;
    }

    /// <summary>The holder has given up the lock.</summary>
    public void OnReleased(string holder)
    {
        if (_holder.Holder == holder)
            _holder = ("", 0);
    }

    private void Check(long id)
    {
        if (!_expired.TryGetValue(id, out long at) || !_confirmed.TryGetValue(id, out (long Sent, long Ttl) confirmed))
            return;

        // Clocks run as much too fast at most.
        long least = confirmed.Ttl * 1000 / SimulationNode.FastestClock;
        Require(
            at - confirmed.Sent >= least,
            $"session {id} was closed {at - confirmed.Sent} us after the last sign of life that was confirmed, and its ttl is "
            + $"{confirmed.Ttl} us");
    }
}
