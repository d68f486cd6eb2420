namespace Doozer.Paxos;

/// <summary>Phase 1 of one ballot: who has promised, and the highest-ballot batch they told of for each slot.</summary>
internal sealed class Candidacy
{
    private readonly QuorumSystem _quorums;
    private readonly Rules _rules;
    private readonly long[] _toldThrough;
    private readonly Dictionary<long, SlotEntry> _highest = [];
    private AcceptorSet _promised;

    public Candidacy(Ballot ballot, long fromSlot, QuorumSystem quorums, Rules rules)
    {
        Ballot = ballot;
        _quorums = quorums;
        _rules = rules;
        _toldThrough = new long[quorums.Count];
        Array.Fill(_toldThrough, fromSlot - 1);
    }

    public Ballot Ballot { get; }

    /// <summary>Longest chosen prefix of a promiser. The candidate must have learned it before it leads.</summary>
    public long HighestPrefix { get; private set; }

    /// <summary>Highest slot that any promiser has accepted something for.</summary>
    public long HighestSlot { get; private set; }

    public bool HasQuorum => _quorums.IsPhase1Quorum(_promised);

    public bool HasPromise(int acceptor) => _promised.Contains(acceptor);

    /// <summary>Where the acceptor's next part starts.</summary>
    public long NextSlot(int acceptor) => _toldThrough[acceptor] + 1;

    /// <summary>Counts a part of an acceptor's promise; one that came before, or out of order, is left out.</summary>
    /// <returns>Whether it was news.</returns>
    public bool Add(int acceptor, Promise promise)
    {
        if (promise.Ballot != Ballot || HasPromise(acceptor) || promise.FromSlot != NextSlot(acceptor))
            return false;
        foreach (SlotEntry entry in promise.Entries)
        {
            if (_highest.TryGetValue(entry.Slot, out SlotEntry known))
            {
                if (known.Ballot == entry.Ballot && !known.Batch.SameAs(entry.Batch))
                {
                    throw new SafetyViolationException($"Slot {entry.Slot} was accepted with two batches at ballot " +
                        $"{entry.Ballot}.");
                }

                if (!_rules.Replaces(entry.Ballot, known.Ballot))
                    continue;
            }

            _highest[entry.Slot] = entry;
            HighestSlot = Math.Max(HighestSlot, entry.Slot);
        }

        HighestPrefix = Math.Max(HighestPrefix, promise.ChosenThrough);
        _toldThrough[acceptor] = promise.Through;
        if (_rules.IsWholePromise(promise.Through))
            _promised = _promised.With(acceptor);
        return true;
    }

    /// <summary>The batch that must be proposed for the slot; empty when no promiser knows of one.</summary>
    public Batch BatchFor(long slot) => _rules.Recovered(_highest.TryGetValue(slot, out SlotEntry entry) ? entry.Batch : null);
}
