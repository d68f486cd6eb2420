using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// A read in one round: it succeeds when a quorum holds a value at the same ballot.
/// </summary>
/// <remarks>
/// Why this is linearizable: a quorum that accepted ballot b means that b's value is chosen. Had a change at a higher ballot been
/// completed before this read began, a quorum would have accepted that, and it shares an acceptor with ours, which would have
/// answered with a ballot above b, for an acceptor's ballots only rise. So nothing newer was complete when the read began. And no
/// later read returns anything older, for every later quorum shares an acceptor with the one that holds b. A promise of a higher
/// ballot does not matter: it only says that a change has begun, not that one is complete.
/// </remarks>
internal sealed class RegisterRead(QuorumSystem quorums)
{
    private readonly List<(Ballot Accepted, AcceptorSet Holders, ReadOnlyMemory<byte> Value)> _values = [];

    /// <summary>The value, after <see cref="OnAnswer"/> has returned true.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>Takes an answer. True when the value is known.</summary>
    public bool OnAnswer(string from, in RegisterAnswer answer)
    {
        int index = quorums.IndexOf(from);
        if (index < 0 || !answer.Granted)
            return false;
        for (int i = 0; i < _values.Count; i++)
        {
            if (_values[i].Accepted != answer.Accepted)
                continue;
            AcceptorSet holders = _values[i].Holders.With(index);
            _values[i] = _values[i] with { Holders = holders };
            return Decide(i);
        }

        _values.Add((answer.Accepted, AcceptorSet.None.With(index), answer.Value));
        return Decide(_values.Count - 1);
    }

    private bool Decide(int i)
    {
        if (!quorums.IsPhase2Quorum(_values[i].Holders))
            return false;
        Value = _values[i].Value;
        return true;
    }
}
