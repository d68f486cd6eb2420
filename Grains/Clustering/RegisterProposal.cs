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

/// <summary>One attempt to change the register, at one ballot. Takes answers in any order, late and twice.</summary>
internal sealed class RegisterProposal(QuorumSystem quorums, Ballot ballot)
{
    private AcceptorSet _granted;
    private AcceptorSet _refused;
    private Ballot _latest = Ballot.Zero;
    private AcceptorSet _holdLatest;

    public Ballot Ballot { get; } = ballot;

    public ProposalPhase Phase { get; private set; }

    /// <summary>
    /// The value to build on, once prepared: of all that the quorum has accepted the one with the highest ballot.
    /// </summary>
    /// <remarks>
    /// If a value is chosen, some acceptor of every quorum has accepted it or a successor; so the highest one is the chosen one,
    /// or one that was not chosen but descends from it, and is chosen now by being built on.
    /// </remarks>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>Highest ballot met, which the next attempt has to beat.</summary>
    public Ballot Highest { get; private set; } = ballot;

    /// <summary>
    /// Whether a quorum holds the value already, at one ballot: then it is chosen, and a change that leaves it as it is needs no
    /// second phase.
    /// </summary>
    public bool IsValueChosen => quorums.IsPhase2Quorum(_holdLatest);

    /// <summary>Takes an answer to the prepare request. True when that ended the phase.</summary>
    public bool OnPromise(string from, in RegisterAnswer answer)
    {
        if (Phase != ProposalPhase.Preparing || !Count(from, answer))
            return false;
        int index = quorums.IndexOf(from);
        if (answer.Granted)
        {
            if (answer.Accepted > _latest)
            {
                _latest = answer.Accepted;
                _holdLatest = AcceptorSet.None;
                Value = answer.Value;
            }

            if (answer.Accepted == _latest)
                _holdLatest = _holdLatest.With(index);
        }

        return End(quorums.IsPhase1Quorum(_granted), ProposalPhase.Prepared, quorums.Phase1);
    }

    /// <summary>Goes on to phase 2. At one ballot only one value is ever proposed.</summary>
    public RegisterRequest Propose(ReadOnlyMemory<byte> value)
    {
        if (Phase != ProposalPhase.Prepared)
            throw new UnreachableException($"A value was proposed at {Ballot} in phase {Phase}.");
        Phase = ProposalPhase.Accepting;
        _granted = _refused = AcceptorSet.None;
        return RegisterRequest.Accept(Ballot, value);
    }

    /// <summary>Takes an answer to the accept request. True when that ended the phase.</summary>
    public bool OnAccepted(string from, in RegisterAnswer answer)
    {
        if (Phase != ProposalPhase.Accepting || !Count(from, answer))
            return false;
        return End(quorums.IsPhase2Quorum(_granted), ProposalPhase.Chosen, quorums.Phase2);
    }

    private bool Count(string from, in RegisterAnswer answer)
    {
        int index = quorums.IndexOf(from);
        if (index < 0)
            return false;
        if (answer.Granted)
            _granted = _granted.With(index);
        else
            _refused = _refused.With(index);
        if (answer.Promised > Highest)
            Highest = answer.Promised;
        return true;
    }

    private bool End(bool quorum, ProposalPhase next, int needed)
    {
        if (quorum)
            Phase = next;
        else if (quorums.Count - _refused.Count < needed)
            Phase = ProposalPhase.Lost;
        else
            return false;
        return true;
    }
}
