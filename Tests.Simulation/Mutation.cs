namespace Doozer.Simulation;

/// <summary>
/// Deliberate bugs, by which the simulator's own checks are checked: each must be caught by some seed. Some break one of the
/// protocol's rules, the others what surrounds it.
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

    /// <summary>An acceptor answers a ballot below its promise.</summary>
    PromiseIsIgnored,

    /// <summary>A new leader takes the batch it was told of first, not the one of the highest ballot.</summary>
    HighestBallotIsForgotten,

    /// <summary>A new leader fills every slot it recovers with nothing, whatever it was told.</summary>
    FoundBatchIsDropped,

    /// <summary>A new leader proposes its own commands at once, for slots that an earlier one may have filled too.</summary>
    RecoveryIsSkipped,

    /// <summary>A candidate leads before it has learned what its promisers know to be chosen.</summary>
    LeadsBeforeLearning,

    /// <summary>A vote that comes twice counts twice.</summary>
    DuplicateVotesCount,

    /// <summary>A batch is chosen with one vote fewer than a quorum.</summary>
    QuorumIsOneShort,

    /// <summary>A replica takes its own batch for the chosen one, whatever ballot it accepted it at.</summary>
    AnyAcceptedBatchIsChosen,

    /// <summary>Who thinks that it leads answers reads without asking a quorum.</summary>
    DeposedLeaderServesReads,

    /// <summary>Answers to an earlier round of confirmation count for the reads of this one.</summary>
    OldRoundConfirmsReads,

    /// <summary>What an acceptor says with a read confirms others as well, which came later, perhaps.</summary>
    WordConfirmsOthers,

    /// <summary>A new leader serves reads before what it found is chosen.</summary>
    ReadsBeforeRecovery,

    /// <summary>The tree does not look at request ids.</summary>
    RetryIsAppliedTwice,

    /// <summary>A snapshot claims slots that were applied only after its tree was taken.</summary>
    SnapshotClaimsMoreThanItHas,

    /// <summary>What is rewritten before the log is dropped leaves out the votes beyond the snapshot.</summary>
    DroppedLogTakesVotes,

    /// <summary>What is rewritten before the log is dropped leaves out the promise.</summary>
    DroppedLogTakesPromise,

    /// <summary>A part of a promise, whose other parts are still to come, is taken for the whole.</summary>
    PartOfPromiseIsWhole,

    /// <summary>A leader goes on at its ballot after its acceptor has promised a higher one.</summary>
    LeaderIgnoresPromise,

    /// <summary>A leader learns a batch of a higher ballot and goes on leading.</summary>
    LeaderIgnoresHigherBatch,

    /// <summary>Installing a peer's snapshot drops the votes for slots beyond it.</summary>
    InstallDropsLaterVotes,

    /// <summary>The snapshots' directory is not flushed after a snapshot got its name.</summary>
    SnapshotNameIsNotFlushed,

    /// <summary>What a torn write left in the log is not zeroed at the next start.</summary>
    TornTailIsNotZeroed,

    /// <summary>What a start finds in the log is taken for durable.</summary>
    FoundIsTakenForDurable,

    /// <summary>The tree does not look at floors, and applies again what it has forgotten.</summary>
    ForgottenRequestIsAppliedAgain,

    /// <summary>Who thinks that it leads keeps sessions alive without asking a quorum.</summary>
    DeposedLeaderKeepsAlive,

    /// <summary>Who leads again counts on from what it knew of sessions when it led before.</summary>
    LeaderRemembersSessions,

    /// <summary>A new leader gives sessions a tenth of their ttl only.</summary>
    NewLeaderDoesNotRenew,

    /// <summary>The end of a session leaves a file that it held, as an ordinary one.</summary>
    CloseLeavesFile,

    /// <summary>A file can be held by a session that is over.</summary>
    ExpiredSessionHolds,

    /// <summary>The changes of a transaction become visible one by one.</summary>
    HalfTransactionIsPublished,

    /// <summary>A transaction that failed is done, without its checks, when it comes again.</summary>
    CheckIsSkippedOnRetry,

    /// <summary>New quorums decide slots as soon as they are chosen, also those that are the old ones' still.</summary>
    WrongEpochDecides,

    /// <summary>New quorums are in force from the slot after the one in which they were chosen.</summary>
    AlphaIsIgnored,

    /// <summary>The votes of nodes count that never were acceptors.</summary>
    LearnerVotes,

    /// <summary>The votes of nodes count that are acceptors no more.</summary>
    FormerAcceptorVotes,

    /// <summary>Who starts from a snapshot counts the quorums that the group began with.</summary>
    SnapshotForgetsQuorums,
}
