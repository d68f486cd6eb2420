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
        ["VoteBeforeFsync"] = 3,
        ["PromiseIsNotWritten"] = 3,
        ["RecoveryDropsLastRecord"] = 3,
        ["PromiseIsIgnored"] = 1,
        ["HighestBallotIsForgotten"] = 4,
        ["FoundBatchIsDropped"] = 1,
        ["RecoveryIsSkipped"] = 1,
        ["LeadsBeforeLearning"] = 1,
        ["DuplicateVotesCount"] = 1,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 1,
        ["DeposedLeaderServesReads"] = 1,
        ["OldRoundConfirmsReads"] = 4,
        ["ReadsBeforeRecovery"] = 1,
        ["RetryIsAppliedTwice"] = 1,
        ["SnapshotClaimsMoreThanItHas"] = 1,
        ["DroppedLogTakesVotes"] = 21,
        ["DroppedLogTakesPromise"] = 34,
        ["PartOfPromiseIsWhole"] = 45,
        ["LeaderIgnoresPromise"] = 138,
        ["LeaderIgnoresHigherBatch"] = 64,
        ["InstallDropsLaterVotes"] = 15,
        ["SnapshotNameIsNotFlushed"] = 3,
        ["TornTailIsNotZeroed"] = 239,
    };

    public static TheoryData<string> Mutations => [.. CatchingSeeds.Keys];

    [Fact]
    public void Every_deliberate_bug_is_listed() =>
        CatchingSeeds.Keys.Order().ShouldBe(
            Enum.GetNames<Mutation>().Where(name => name != nameof(Mutation.None)).Order());

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Deliberate_bug_is_caught(string name)
    {
        int seed = CatchingSeeds[name];
        SimulationFailureException failure = Should.Throw<SimulationFailureException>(
            () => RandomRun.Execute(seed, Enum.Parse<Mutation>(name)));
        failure.Message.ShouldStartWith($"Seed {seed}: ");
        RandomRun.Execute(seed).Acknowledged.ShouldBeGreaterThan(0, "without the bug the seed passes");
    }
}
