using Doozer.Paxos;

namespace Doozer.Clustering;

/// <summary>
/// A read in one round: it succeeds when quorums of a value's own members hold it at the same ballot.
/// </summary>
/// <remarks>
/// <para>
/// Why this is linearizable: a quorum that accepted ballot b means that b's value is chosen. Had a change at a higher ballot been
/// completed before this read began, a quorum would have accepted that, and it shares an acceptor with ours, which would have
/// answered with a ballot above b, for an acceptor's ballots only rise. So nothing newer was complete when the read began. And no
/// later read returns anything older, for every later quorum shares an acceptor with the one that holds b. A promise of a higher
/// ballot does not matter: it only says that a change has begun, not that one is complete.
/// </para>
/// <para>
/// Where the members have changed between b and that change, so that its quorums need not meet ours: the last step of a change of
/// the members is proposed when the joint value before it is held by quorums of the old list, one of ours, too. The first such
/// step after b is that of a list that b has; so an acceptor among ours had accepted that joint value, or a later one.
/// </para>
/// </remarks>
/// <param name="first">The members that the cluster began with.</param>
/// <param name="rules">The rules; a test may break them.</param>
internal sealed class RegisterRead(RegisterMembers first, RegisterRules? rules = null)
{
    private readonly RegisterMembers _first = first;
    private readonly RegisterRules _rules = rules ?? RegisterRules.Paxos;
    private readonly Dictionary<Ballot, (RegisterValue Value, HashSet<string> Holders)> _values = [];

    /// <summary>The value, after <see cref="OnAnswer"/> has returned true.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>The highest ballot in the answers so far.</summary>
    public Ballot Accepted { get; private set; } = Ballot.Zero;

    /// <summary>The members at <see cref="Accepted"/>.</summary>
    public RegisterMembers Members { get; private set; } = first;

    /// <summary>Takes an answer. True when the value is known.</summary>
    /// <exception cref="InvalidDataException">The answer's value is not one that this version can read.</exception>
    public bool OnAnswer(string from, in RegisterAnswer answer)
    {
        if (!answer.Granted)
            return false;
        if (!_values.TryGetValue(answer.Accepted, out (RegisterValue Value, HashSet<string> Holders) met))
        {
            met = (RegisterValue.Decode(answer.Value, _first), new HashSet<string>(StringComparer.Ordinal));
            _values.Add(answer.Accepted, met);
        }

        if (answer.Accepted > Accepted)
            (Accepted, Members) = (answer.Accepted, met.Value.Members);
        met.Holders.Add(from);
        if (!_rules.IsRead(met.Value.Members, met.Holders))
            return false;
        Value = met.Value.Payload;
        return true;
    }
}
