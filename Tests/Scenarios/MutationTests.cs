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
        ["PromiseIsNotWritten"] = 3,
        ["RecoveryDropsLastRecord"] = 2,
        ["PromiseIsIgnored"] = 3,
        ["HighestBallotIsForgotten"] = 23,
        ["FoundBatchIsDropped"] = 3,
        ["RecoveryIsSkipped"] = 3,
        ["LeadsBeforeLearning"] = 8,
        ["DuplicateVotesCount"] = 2,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 3,
        ["DeposedLeaderServesReads"] = 5,
        ["OldRoundConfirmsReads"] = 24,
        ["ReadsBeforeRecovery"] = 3,
        ["RetryIsAppliedTwice"] = 2,
        ["SnapshotClaimsMoreThanItHas"] = 2,
        ["DroppedLogTakesVotes"] = 5,
        ["DroppedLogTakesPromise"] = 25,
        ["PartOfPromiseIsWhole"] = 31,
        ["LeaderIgnoresPromise"] = 12,
        ["LeaderIgnoresHigherBatch"] = 4,
        ["InstallDropsLaterVotes"] = 40,
        ["SnapshotNameIsNotFlushed"] = 2,
        ["TornTailIsNotZeroed"] = 11,
        ["FoundIsTakenForDurable"] = 2,
        ["ForgottenRequestIsAppliedAgain"] = 12,
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
