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
        ["PromiseIsNotWritten"] = 1,
        ["RecoveryDropsLastRecord"] = 1,
        ["PromiseIsIgnored"] = 1,
        ["HighestBallotIsForgotten"] = 3,
        ["FoundBatchIsDropped"] = 1,
        ["RecoveryIsSkipped"] = 1,
        ["LeadsBeforeLearning"] = 1,
        ["DuplicateVotesCount"] = 1,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 1,
        ["DeposedLeaderServesReads"] = 70,
        ["ReadsBeforeRecovery"] = 1,
        ["RetryIsAppliedTwice"] = 1,
        ["SnapshotClaimsMoreThanItHas"] = 1,
        ["DroppedLogTakesVotes"] = 11,
        ["DroppedLogTakesPromise"] = 51,
        ["PartOfPromiseIsWhole"] = 4,
        ["LeaderIgnoresPromise"] = 75,
        ["LeaderIgnoresHigherBatch"] = 50,
        ["InstallDropsLaterVotes"] = 61,
        ["SnapshotNameIsNotFlushed"] = 1,
    };

    /// <summary>Bugs that no seed is kept for yet: eng/simulate.sh --mutation NAME searches for one.</summary>
    private static readonly string[] WithoutSeed =
        ["OldRoundConfirmsReads", "TornTailIsNotZeroed"];

    public static TheoryData<string> Mutations => [.. CatchingSeeds.Keys];

    [Fact]
    public void Every_deliberate_bug_is_listed() =>
        CatchingSeeds.Keys.Concat(WithoutSeed).Order().ShouldBe(
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
