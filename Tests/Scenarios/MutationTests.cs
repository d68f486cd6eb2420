using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>
/// The checks are checked: every deliberate bug is caught, here by the first seed that does. When the simulator changes, so do
/// these seeds: eng/simulate.sh --mutations finds them again.
/// </summary>
public sealed class MutationTests
{
    private static readonly Dictionary<string, int> CatchingSeeds = new(StringComparer.Ordinal)
    {
        ["VoteBeforeFsync"] = 2,
        ["PromiseIsNotWritten"] = 2,
        ["RecoveryDropsLastRecord"] = 2,
        ["PromiseIsIgnored"] = 1,
        ["HighestBallotIsForgotten"] = 1,
        ["FoundBatchIsDropped"] = 1,
        ["RecoveryIsSkipped"] = 1,
        ["LeadsBeforeLearning"] = 15,
        ["DuplicateVotesCount"] = 1,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 1,
        ["DeposedLeaderServesReads"] = 3,
        ["OldRoundConfirmsReads"] = 1,
        ["WordConfirmsOthers"] = 299,
        ["ReadsBeforeRecovery"] = 8,
        ["RetryIsAppliedTwice"] = 1,
        ["SnapshotClaimsMoreThanItHas"] = 1,
        ["DroppedLogTakesVotes"] = 5,
        ["DroppedLogTakesPromise"] = 127,
        ["PartOfPromiseIsWhole"] = 1,
        ["LeaderIgnoresPromise"] = 1,
        ["LeaderIgnoresHigherBatch"] = 9,
        ["InstallDropsLaterVotes"] = 1,
        ["SnapshotNameIsNotFlushed"] = 2,
        ["TornTailIsNotZeroed"] = 2,
        ["FoundIsTakenForDurable"] = 16,
        ["ForgottenRequestIsAppliedAgain"] = 3,
        ["DeposedLeaderKeepsAlive"] = 7,
        ["LeaderRemembersSessions"] = 18,
        ["NewLeaderDoesNotRenew"] = 2,
        ["CloseLeavesFile"] = 2,
        ["ExpiredSessionHolds"] = 119,
        ["HalfTransactionIsPublished"] = 2,
        ["CheckIsSkippedOnRetry"] = 1,
        ["WrongEpochDecides"] = 3,
        ["AlphaIsIgnored"] = 3,
        ["LearnerVotes"] = 3,
        ["FormerAcceptorVotes"] = 3,
        ["SnapshotForgetsQuorums"] = 3,
    };

    public static TheoryData<string> Mutations => [.. CatchingSeeds.Keys];

    public static TheoryData<int> CleanSeeds => [.. CatchingSeeds.Values.Distinct()];

    [Fact]
    public void Every_deliberate_bug_is_listed() =>
        CatchingSeeds.Keys.Order().ShouldBe(
            Enum.GetNames<Mutation>().Where(name => name != nameof(Mutation.None)).Order());

    [Theory]
    [MemberData(nameof(CleanSeeds))]
    public void Without_the_bug_the_seed_passes(int seed) => RandomRun.Execute(seed).Acknowledged.ShouldBeGreaterThan(0);

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Deliberate_bug_is_caught(string name)
    {
        int seed = CatchingSeeds[name];
        SimulationFailureException failure = Should.Throw<SimulationFailureException>(
            () => RandomRun.Execute(seed, Enum.Parse<Mutation>(name)));
        failure.Message.ShouldStartWith($"Seed {seed}: ");
    }
}
