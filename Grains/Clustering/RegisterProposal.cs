using System.Diagnostics;
using Doozer.Paxos;

namespace Doozer.Clustering;

internal enum ProposalPhase
{
    /// <summary>Waits for promises.</summary>
    Preparing,

    /// <summary>A quorum has promised: the register's value is known and may be succeeded.</summary>
    Prepared,

    /// <summary>Waits for the proposed value to be accepted.</summary>
    Accepting,

    /// <summary>A quorum has accepted: the value is chosen.</summary>
    Chosen,

    /// <summary>So many have promised a higher ballot that this one cannot get its quorum any more.</summary>
    Lost,
}

/// <summary>
/// One attempt to change the register, at one ballot. Takes answers in any order, late and twice, from anybody: whose count is
/// said by the value that is found.
/// </summary>
/// <param name="first">The members that the cluster began with.</param>
/// <param name="ballot">A ballot that was never used.</param>
/// <param name="rules">The rules; a test may break them.</param>
internal sealed class RegisterProposal(RegisterMembers first, Ballot ballot, RegisterRules? rules = null)
{
    private readonly RegisterMembers _first = first;
    private readonly RegisterRules _rules = rules ?? RegisterRules.Paxos;
    private readonly HashSet<string> _granted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly HashSet<string> _holders = new(StringComparer.Ordinal);

    public Ballot Ballot { get; } = ballot;

    public ProposalPhase Phase { get; private set; }

    /// <summary>
    /// The value to build on, once prepared: of all that those who promised have accepted the one with the highest ballot.
    /// </summary>
    /// <remarks>
    /// If a value is chosen, some acceptor of every quorum has accepted it or a successor; so the highest one is the chosen one,
    /// or one that was not chosen but descends from it, and is chosen now by being built on.
    /// </remarks>
    public RegisterValue Value { get; private set; } = new(first, ReadOnlyMemory<byte>.Empty);

    /// <summary>The ballot of <see cref="Value"/>; <see cref="Ballot.Zero"/> when no acceptor has told of any.</summary>
    public Ballot Accepted { get; private set; } = Ballot.Zero;

    /// <summary>Those whose answers count, as far as the answers so far tell.</summary>
    public RegisterMembers Members { get; private set; } = first;

    /// <summary>Highest ballot met, which the next attempt has to beat.</summary>
    public Ballot Highest { get; private set; } = ballot;

    /// <summary>
    /// Whether a quorum holds the value already, at one ballot: then it is chosen, and a change that leaves it as it is needs no
    /// second phase.
    /// </summary>
    public bool IsValueChosen => _rules.IsChosen(Value.Members, _holders);

    /// <summary>Takes an answer to the prepare request. True when that ended the phase.</summary>
    /// <exception cref="InvalidDataException">The answer's value is not one that this version can read.</exception>
    public bool OnPromise(string from, in RegisterAnswer answer)
    {
        if (Phase != ProposalPhase.Preparing)
            return false;
        Count(from, answer);
        if (answer.Granted)
        {
            if (answer.Accepted > Accepted)
            {
                Value = RegisterValue.Decode(answer.Value, _first);
                Accepted = answer.Accepted;
                Members = Value.Members;
                _holders.Clear();
            }

            if (answer.Accepted == Accepted)
                _holders.Add(from);
        }

        bool isPossible = Members.IsPhase1Quorum(Members.Acceptors.Except(_refused));
        return End(_rules.IsPrepared(Members, _granted), ProposalPhase.Prepared, isPossible);
    }

    /// <summary>Goes on to phase 2. At one ballot only one value is ever proposed.</summary>
    /// <exception cref="ClusteringException">The value is too large.</exception>
    public RegisterRequest Propose(RegisterValue value)
    {
        if (Phase != ProposalPhase.Prepared)
            throw new UnreachableException($"A value was proposed at {Ballot} in phase {Phase}.");
        var request = RegisterRequest.Accept(Ballot, value.Encode());
        Phase = ProposalPhase.Accepting;
        Members = _rules.Deciding(Value.Members, value.Members);
        _granted.Clear();
        _refused.Clear();
        return request;
    }

    /// <summary>Takes an answer to the accept request. True when that ended the phase.</summary>
    public bool OnAccepted(string from, in RegisterAnswer answer)
    {
        if (Phase != ProposalPhase.Accepting)
            return false;
        Count(from, answer);
        bool isPossible = Members.IsPhase2Quorum(Members.Acceptors.Except(_refused));
        return End(_rules.IsChosen(Members, _granted), ProposalPhase.Chosen, isPossible);
    }

    private void Count(string from, in RegisterAnswer answer)
    {
        (answer.Granted ? _granted : _refused).Add(from);
        if (answer.Promised > Highest)
            Highest = answer.Promised;
    }

    private bool End(bool quorum, ProposalPhase next, bool isPossible)
    {
        if (quorum)
            Phase = next;
        else if (!isPossible)
            Phase = ProposalPhase.Lost;
        else
            return false;
        return true;
    }
}
