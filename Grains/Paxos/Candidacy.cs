namespace Doozer.Paxos;

/// <summary>
/// Phase 1 of one ballot: who has promised, and the highest-ballot batch they told of for each slot. It goes on while its owner
/// leads: the slots of a new configuration need the promises of its acceptors.
/// </summary>
internal sealed class Candidacy
{
    private readonly Rules _rules;
    private readonly long[] _toldThrough = new long[Peers.MaxMembers];
    private readonly Dictionary<long, SlotEntry> _highest = [];

    public Candidacy(Ballot ballot, long fromSlot, Rules rules)
    {
        Ballot = ballot;
        _rules = rules;
        Array.Fill(_toldThrough, fromSlot - 1);
    }

    public Ballot Ballot { get; }

    /// <summary>Longest chosen prefix of a promiser. The candidate must have learned it before it leads.</summary>
    public long HighestPrefix { get; private set; }

    /// <summary>Highest slot that any promiser has accepted something for.</summary>
    public long HighestSlot { get; private set; }

    /// <summary>Those whose whole promise is there.</summary>
    public AcceptorSet Promised { get; private set; }

    public bool HasPromise(int place) => Promised.Contains(place);

    /// <summary>Where the next part of a peer's promise starts.</summary>
    public long NextSlot(int place) => _toldThrough[place] + 1;

    /// <summary>Counts a part of a peer's promise; one that came before, or out of order, is left out.</summary>
    /// <returns>Whether it was news.</returns>
    public bool Add(int place, Promise promise)
    {
        if (promise.Ballot != Ballot || HasPromise(place) || promise.FromSlot != NextSlot(place))
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
        _toldThrough[place] = promise.Through;
        if (_rules.IsWholePromise(promise.Through))
            Promised = Promised.With(place);
        return true;
    }

    /// <summary>The batch that must be proposed for the slot; empty when no promiser knows of one.</summary>
    public Batch BatchFor(long slot) => _rules.Recovered(_highest.TryGetValue(slot, out SlotEntry entry) ? entry.Batch : null);

    /// <summary>What the promises told so far is of no more use, and may be large.</summary>
    public void Forget() => _highest.Clear();
}
