using Orleans.Configuration;

namespace Doozer.Silo.Serve;

/// <summary>
/// How soon Orleans declares a silent silo dead. Namespaces do not wait for it; calls of an application's own grains to a dead
/// silo do, and a node that returns is only accepted as a new silo.
/// </summary>
internal static class FailureDetection
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromDays(3650);

    public static void Configure(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromMilliseconds(700);

        // It goes down to half of that on a network that is fast: too short for a process that pauses, and twice the messages.
        options.MinProbeTimeout = options.ProbeTimeout;
        options.NumMissedProbesLimit = 3;

        // Of three silos the two that are left agree; of two, Orleans asks for one vote only.
        options.NumVotesForDeathDeclaration = 2;

        // Changes are told at once by gossip; these only repair what was lost, and an idle cluster should be idle.
        options.TableRefreshTimeout = TimeSpan.FromSeconds(15);
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(30);
    }

    /// <summary>
    /// A link that was broken is there again as soon as it can be. Until then a leader that is killed leaves two nodes that do
    /// not hear each other, and no quorum.
    /// </summary>
    /// <remarks>
    /// Orleans adds the delay to the time of the last failure, by the wall clock, and does not try before: when the clock was set
    /// back since then, for as long as it was set back. With a delay below zero it tries whenever there is something to send.
    /// </remarks>
    public static void Configure(ConnectionOptions options)
    {
        options.ConnectionRetryDelay = -LongestStep;
        options.OpenConnectionTimeout = TimeSpan.FromSeconds(1);
    }
}
