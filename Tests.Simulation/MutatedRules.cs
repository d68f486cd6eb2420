using System.Numerics;
using Doozer.Paxos;

namespace Doozer.Simulation;

/// <summary>The protocol's rules with one of them broken.</summary>
internal sealed class MutatedRules(Mutation mutation) : Rules
{
    /// <summary>Whoever was an acceptor in any configuration.</summary>
    private readonly HashSet<string> _acceptors = new(StringComparer.Ordinal);

    public override bool MayAnswer(Ballot asked, Ballot promised) =>
        mutation == Mutation.PromiseIsIgnored || base.MayAnswer(asked, promised);

    public override bool Replaces(Ballot told, Ballot known) =>
        mutation != Mutation.HighestBallotIsForgotten && base.Replaces(told, known);

    public override Batch Recovered(Batch? told) =>
        mutation == Mutation.FoundBatchIsDropped ? Batch.Empty : base.Recovered(told);

    public override long RecoverThrough(long highestTold, long chosenThrough) =>
        mutation == Mutation.RecoveryIsSkipped ? chosenThrough : base.RecoverThrough(highestTold, chosenThrough);

    public override bool MayLead(long highestPrefix, long chosenThrough) =>
        mutation == Mutation.LeadsBeforeLearning || base.MayLead(highestPrefix, chosenThrough);

    public override AcceptorSet Count(AcceptorSet votes, int acceptor) =>
        mutation == Mutation.DuplicateVotesCount && votes.Contains(acceptor)
            ? votes.With(BitOperations.TrailingZeroCount(~votes.Bits))
            : base.Count(votes, acceptor);

    public override bool IsChosen(Electorate electorate, AcceptorSet votes) =>
        mutation == Mutation.QuorumIsOneShort
            ? electorate.Count(votes) >= Math.Max(1, electorate.Configuration.Quorums.Phase2 - 1)
            : base.IsChosen(electorate, votes);

    public override bool IsChosenBatch(Ballot accepted, Ballot leader) =>
        mutation == Mutation.AnyAcceptedBatchIsChosen || base.IsChosenBatch(accepted, leader);

    public override bool ConfirmsReads(long answered, long round) =>
        mutation == Mutation.OldRoundConfirmsReads || base.ConfirmsReads(answered, round);

    public override bool IsWholePromise(long through) =>
        mutation == Mutation.PartOfPromiseIsWhole || base.IsWholePromise(through);

    public override bool StepsDownOnPromise(bool isNews) =>
        mutation != Mutation.LeaderIgnoresPromise && base.StepsDownOnPromise(isNews);

    public override bool StepsDownOnLearning(Ballot learned, Ballot promised) =>
        mutation != Mutation.LeaderIgnoresHigherBatch && base.StepsDownOnLearning(learned, promised);

    public override bool HasConfirmed(Electorate current, Electorate? next, AcceptorSet answered) =>
        mutation == Mutation.DeposedLeaderServesReads || base.HasConfirmed(current, next, answered);

    public override long InForceFrom(long chosenIn, int alpha) =>
        mutation == Mutation.AlphaIsIgnored ? chosenIn + 1 : base.InForceFrom(chosenIn, alpha);

    public override bool HasVote(string node, Configuration configuration)
    {
        _acceptors.UnionWith(configuration.Quorums.Acceptors);
        return base.HasVote(node, configuration) || mutation switch
        {
            Mutation.LearnerVotes => !_acceptors.Contains(node),
            Mutation.FormerAcceptorVotes => _acceptors.Contains(node),
            _ => false,
        };
    }

    public override Electorate Decides(long slot, Electorate current, Electorate? next) =>
        mutation == Mutation.WrongEpochDecides ? next ?? current : base.Decides(slot, current, next);

    public override bool TakesQuorumsFromSnapshot => mutation != Mutation.SnapshotForgetsQuorums;

    public override bool KeepsVotesBeyondSnapshot => mutation != Mutation.InstallDropsLaterVotes;

    public override bool MustRewrite(JournalRecord record) => mutation switch
    {
        Mutation.DroppedLogTakesVotes => record is JournalRecord.Promise,
        Mutation.DroppedLogTakesPromise => record is not JournalRecord.Promise,
        _ => base.MustRewrite(record),
    };

    public override bool WordConfirms(long read, long givenWith) =>
        mutation == Mutation.WordConfirmsOthers || base.WordConfirms(read, givenWith);

    public override bool MayRead(long chosenThrough, long recoveredThrough) =>
        mutation == Mutation.ReadsBeforeRecovery || base.MayRead(chosenThrough, recoveredThrough);
}
