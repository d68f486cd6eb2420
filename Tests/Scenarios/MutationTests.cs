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
        ["VoteBeforeFsync"] = 1,
        ["PromiseIsNotWritten"] = 2,
        ["RecoveryDropsLastRecord"] = 1,
        ["PromiseIsIgnored"] = 3,
        ["HighestBallotIsForgotten"] = 10,
        ["FoundBatchIsDropped"] = 3,
        ["RecoveryIsSkipped"] = 1,
        ["LeadsBeforeLearning"] = 8,
        ["DuplicateVotesCount"] = 1,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 1,
        ["DeposedLeaderServesReads"] = 3,
        ["OldRoundConfirmsReads"] = 3,
        ["ReadsBeforeRecovery"] = 1,
        ["RetryIsAppliedTwice"] = 1,
        ["SnapshotClaimsMoreThanItHas"] = 1,
        ["DroppedLogTakesVotes"] = 11,
        ["DroppedLogTakesPromise"] = 113,
        ["PartOfPromiseIsWhole"] = 1,
        ["LeaderIgnoresPromise"] = 1,
        ["LeaderIgnoresHigherBatch"] = 33,
        ["InstallDropsLaterVotes"] = 47,
        ["SnapshotNameIsNotFlushed"] = 1,
        ["TornTailIsNotZeroed"] = 2,
        ["FoundIsTakenForDurable"] = 4,
        ["ForgottenRequestIsAppliedAgain"] = 12,
        ["DeposedLeaderKeepsAlive"] = 2,
        ["LeaderRemembersSessions"] = 44,
        ["NewLeaderDoesNotRenew"] = 2,
        ["CloseLeavesFile"] = 2,
        ["ExpiredSessionHolds"] = 1,
        ["HalfTransactionIsPublished"] = 2,
        ["CheckIsSkippedOnRetry"] = 1,
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
