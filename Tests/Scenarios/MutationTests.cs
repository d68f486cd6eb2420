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
        ["PromiseIsIgnored"] = 5,
        ["HighestBallotIsForgotten"] = 13,
        ["FoundBatchIsDropped"] = 6,
        ["RecoveryIsSkipped"] = 18,
        ["LeadsBeforeLearning"] = 3,
        ["DuplicateVotesCount"] = 5,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 1,
        ["DeposedLeaderServesReads"] = 8,
        ["OldRoundConfirmsReads"] = 158,
        ["ReadsBeforeRecovery"] = 40,
        ["RetryIsAppliedTwice"] = 1,
        ["SnapshotClaimsMoreThanItHas"] = 2,
        ["DroppedLogTakesVotes"] = 18,
    };

    public static TheoryData<string> Mutations => [.. Enum.GetNames<Mutation>().Where(name => name != nameof(Mutation.None))];

    [Theory]
    [MemberData(nameof(Mutations))]
    public void Deliberate_bug_is_caught(string name)
    {
        CatchingSeeds.ShouldContainKey(name);
        int seed = CatchingSeeds[name];
        SimulationFailureException failure = Should.Throw<SimulationFailureException>(
            () => RandomRun.Execute(seed, Enum.Parse<Mutation>(name)));
        failure.Message.ShouldStartWith($"Seed {seed}: ");
        RandomRun.Execute(seed).Acknowledged.ShouldBeGreaterThan(0, "without the bug the seed passes");
    }
}
