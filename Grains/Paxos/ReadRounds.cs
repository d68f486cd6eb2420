namespace Doozer.Paxos;

/// <summary>
/// Read index: reads wait for a round of heartbeats that begins after they arrived. A phase-2 quorum that has promised
/// nothing higher meets every phase-1 quorum, so nobody led, and nothing newer was acknowledged, before the round began. It takes
/// one of each electorate that decides slots beyond the prefix which the reads will see.
/// </summary>
internal sealed class ReadRounds(ReplicaOptions options, int self)
{
    private readonly List<long> _waiting = [];
    private readonly List<long> _confirming = [];
    private Electorate _current = null!;
    private Electorate? _next;
    private AcceptorSet _confirmed;
    private long _slot;

    /// <summary>Number of the newest round, which heartbeats carry.</summary>
    public long Round { get; private set; }

    public bool CanBegin => _confirming.Count == 0 && _waiting.Count > 0;

    /// <summary>Whether any read waits, or is being confirmed.</summary>
    public bool HasAny => _waiting.Count > 0 || _confirming.Count > 0;

    public bool TryAdd(long ticket)
    {
        if (_waiting.Count >= options.MaxWaitingReads)
            return false;
        _waiting.Add(ticket);
        return true;
    }

    /// <summary>
    /// Confirms a read at once, if the word of the acceptor that it came with makes a quorum with this replica: what a heartbeat
    /// would ask the acceptor it has said by itself, after the read began.
    /// </summary>
    public bool TryConfirm(
        long ticket, int place, long chosenThrough, Electorates electorates, List<ConfirmedRead> confirmed)
    {
        AcceptorSet given = AcceptorSet.None.With(self).With(place);
        if (!options.Rules.HasConfirmed(electorates.Current, electorates.Next, given))
            return false;
        confirmed.Add(new ConfirmedRead(ticket, chosenThrough));
        foreach (long other in _waiting)
        {
            if (options.Rules.WordConfirms(other, ticket))
                confirmed.Add(new ConfirmedRead(other, chosenThrough));
        }

        _waiting.RemoveAll(other => options.Rules.WordConfirms(other, ticket));
        return true;
    }

    /// <summary>Begins a round for all that wait. They will see everything chosen by now.</summary>
    public void Begin(long chosenThrough, Electorates electorates, List<ConfirmedRead> confirmed)
    {
        Round++;
        _confirming.AddRange(_waiting);
        _waiting.Clear();
        _slot = chosenThrough;
        (_current, _next) = (electorates.Current, electorates.Next);
        _confirmed = AcceptorSet.None;
        Confirm(self, Round, confirmed);
    }

    public void Confirm(int place, long round, List<ConfirmedRead> confirmed)
    {
        if (_confirming.Count == 0 || !options.Rules.ConfirmsReads(round, Round))
            return;
        _confirmed = _confirmed.With(place);
        if (!options.Rules.HasConfirmed(_current, _next, _confirmed))
            return;
        foreach (long ticket in _confirming)
            confirmed.Add(new ConfirmedRead(ticket, _slot));
        _confirming.Clear();
    }

    /// <summary>
    /// Those that decide have changed: some whose answers the round lacks may be gone for good, so that all wait for another.
    /// </summary>
    public void Restart()
    {
        _waiting.AddRange(_confirming);
        _confirming.Clear();
    }

    public void Abandon(List<long> failed)
    {
        failed.AddRange(_confirming);
        failed.AddRange(_waiting);
        _confirming.Clear();
        _waiting.Clear();
    }
}
