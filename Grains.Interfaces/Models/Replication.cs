namespace Doozer;

/// <summary>What became of a <see cref="IReplicaGrain.Submit"/>.</summary>
public enum SubmitStatus
{
    /// <summary>All commands are applied; the results are in their order.</summary>
    Applied = 0,

    /// <summary>The replica does not lead; nothing was proposed.</summary>
    NotLeader = 1,

    /// <summary>Too much is waiting at the leader; nothing was proposed.</summary>
    Busy = 2,

    /// <summary>The replica lost its leadership with the commands under way; they may yet be chosen.</summary>
    Unknown = 3,
}

/// <summary>Why a command did or did not succeed.</summary>
public enum CommandOutcome : byte
{
    /// <summary>It took a revision.</summary>
    Done = 0,

    /// <summary>The file is newer than the revision given.</summary>
    RevisionMismatch = 1,

    /// <summary>There is no such file.</summary>
    NotFound = 2,

    /// <summary>The path is a directory.</summary>
    IsDirectory = 3,

    /// <summary>A parent in the path is a file.</summary>
    NotDirectory = 4,

    /// <summary>The files would take more than they may.</summary>
    StoreFull = 5,

    /// <summary>The request id belongs to another command.</summary>
    RequestIdReused = 6,

    /// <summary>Requests after the floor are forgotten: it was not applied now, and whether before is unknown.</summary>
    RequestTooOld = 7,

    /// <summary>The session is over, or never was.</summary>
    SessionExpired = 8,

    /// <summary>The session holds as many files as it may.</summary>
    SessionFull = 9,
}

/// <summary>The result of one command.</summary>
/// <param name="Outcome">Whether it succeeded, or why not.</param>
/// <param name="Revision">The last revision it took; on a mismatch the file's current revision; of a request that is too old
/// the tree's revision.</param>
/// <param name="Change">Of a transaction that failed: which of its changes did, from 0.</param>
[GenerateSerializer, Immutable, Alias("Doozer.CommandResult")]
public readonly record struct CommandResult(
    [property: Id(0)] CommandOutcome Outcome,
    [property: Id(1)] long Revision,
    [property: Id(2)] int Change = 0);

/// <summary>The answer of <see cref="IReplicaGrain.Submit"/>.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Leader">The leader as this replica knows it; empty if it knows none.</param>
/// <param name="Results">One for each command when <see cref="SubmitStatus.Applied"/>, else empty.</param>
[GenerateSerializer, Immutable, Alias("Doozer.SubmitResult")]
public sealed record SubmitResult(
    [property: Id(0)] SubmitStatus Status,
    [property: Id(1)] string Leader,
    [property: Id(2)] CommandResult[] Results);

/// <summary>The answer of <see cref="IReplicaGrain.TransferLeadership"/>.</summary>
/// <param name="Leads">Whether this replica leads.</param>
/// <param name="Begun">Whether the node answers it, and so has been, or will be, asked to take over.</param>
/// <param name="Leader">The leader as this replica knows it; empty if it knows none.</param>
[GenerateSerializer, Immutable, Alias("Doozer.TransferResult")]
public sealed record TransferResult(
    [property: Id(0)] bool Leads,
    [property: Id(1)] bool Begun,
    [property: Id(2)] string Leader);

/// <summary>What became of a <see cref="IReplicaGrain.Reconfigure"/>.</summary>
public enum ReconfigurationStatus
{
    /// <summary>The quorums are in force, and whoever is not among the acceptors any more is not needed any more.</summary>
    Done = 0,

    /// <summary>The replica does not lead; nothing was proposed.</summary>
    NotLeader = 1,

    /// <summary>An earlier change has not ended, or the leader has just begun to lead; nothing was proposed.</summary>
    UnderWay = 2,

    /// <summary>Some nodes are too far behind, or do not answer, to have a vote now; nothing was proposed.</summary>
    NotCaughtUp = 3,

    /// <summary>The quorums have changed since the epoch that was given; nothing was proposed.</summary>
    Outdated = 5,

    /// <summary>
    /// The replica lost its leadership with the change under way, or it takes longer: it may yet come into force. Whoever leads
    /// may be asked for it again.
    /// </summary>
    Unknown = 4,
}

/// <summary>The answer of <see cref="IReplicaGrain.Reconfigure"/>.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Epoch">The epoch of the newest quorums that the replica knows to be chosen.</param>
/// <param name="Leader">The leader as this replica knows it; empty if it knows none.</param>
/// <param name="Behind">When <see cref="ReconfigurationStatus.NotCaughtUp"/>, the nodes that are; else empty.</param>
[GenerateSerializer, Immutable, Alias("Doozer.ReconfigurationResult")]
public sealed record ReconfigurationResult(
    [property: Id(0)] ReconfigurationStatus Status,
    [property: Id(1)] long Epoch,
    [property: Id(2)] string Leader,
    [property: Id(3)] string[] Behind);

/// <summary>The answer of <see cref="IReplicaGrain.ReadIndex"/>.</summary>
/// <param name="Confirmed">Whether a quorum confirmed that this replica leads.</param>
/// <param name="Slot">A read that has applied this slot sees everything acknowledged before it was asked for.</param>
/// <param name="Leader">The leader as this replica knows it; empty if it knows none.</param>
[GenerateSerializer, Immutable, Alias("Doozer.ReadIndexResult")]
public sealed record ReadIndexResult(
    [property: Id(0)] bool Confirmed,
    [property: Id(1)] long Slot,
    [property: Id(2)] string Leader);

/// <summary>The answer of <see cref="IReplicaGrain.KeepAlive"/>.</summary>
/// <param name="Confirmed">Whether a quorum confirmed that this replica leads; if not, no session lives longer by it.</param>
/// <param name="Over">Those of the sessions that are over, or about to be.</param>
/// <param name="Leader">The leader as this replica knows it; empty if it knows none.</param>
[GenerateSerializer, Immutable, Alias("Doozer.KeepAliveResult")]
public sealed record KeepAliveResult(
    [property: Id(0)] bool Confirmed,
    [property: Id(1)] long[] Over,
    [property: Id(2)] string Leader);
