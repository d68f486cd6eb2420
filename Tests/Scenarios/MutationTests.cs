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
        ["HighestBallotIsForgotten"] = 31,
        ["FoundBatchIsDropped"] = 4,
        ["RecoveryIsSkipped"] = 6,
        ["LeadsBeforeLearning"] = 3,
        ["DuplicateVotesCount"] = 4,
        ["OldVotesCount"] = 1683,
        ["QuorumIsOneShort"] = 1,
        ["AnyAcceptedBatchIsChosen"] = 1,
        ["DeposedLeaderServesReads"] = 8,
        ["OldRoundConfirmsReads"] = 1051,
        ["ReadsBeforeRecovery"] = 25,
        ["RetryIsAppliedTwice"] = 1,
    };

    public static TheoryData<string> Mutations => [.. Enum.GetNames<Mutation>().Where(name => name != nameof(Mutation.None))];

    [Theory]
    [MemberData(nameof(Mutations))]
    public void DeliberateBugIsCaught(string name)
    {
        CatchingSeeds.ShouldContainKey(name);
        var seed = CatchingSeeds[name];
        var failure = Should.Throw<SimulationFailureException>(() => RandomRun.Execute(seed, Enum.Parse<Mutation>(name)));
        failure.Message.ShouldStartWith($"Seed {seed}: ");
        RandomRun.Execute(seed).Acknowledged.ShouldBeGreaterThan(0, "without the bug the seed passes");
    }
}
