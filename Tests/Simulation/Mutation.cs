namespace Doozer.Simulation;

/// <summary>
/// Deliberate bugs, by which the simulator's own checks are checked: each must be caught by some seed. docs/testing.md says what
/// each breaks.
/// </summary>
internal enum Mutation
{
    /// <summary>No bug: the real thing.</summary>
    None = 0,

    /// <summary>Votes and promises count as durable as soon as they are handed to the disk.</summary>
    VoteBeforeFsync,

    /// <summary>Promises are never written.</summary>
    PromiseIsNotWritten,

    /// <summary>Recovery leaves out the newest record of the log.</summary>
    RecoveryDropsLastRecord,

    /// <summary>The tree does not look at request ids.</summary>
    RetryIsAppliedTwice,

    /// <summary>Who thinks that it leads answers reads without asking a quorum.</summary>
    DeposedLeaderServesReads,

    /// <summary>A snapshot claims slots that were applied only after its tree was taken.</summary>
    SnapshotClaimsMoreThanItHas,

    /// <summary>What is written again when the log is dropped leaves out the votes beyond the snapshot.</summary>
    DroppedLogTakesVotes,
}
