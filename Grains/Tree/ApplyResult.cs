namespace Doozer.Tree;

/// <summary>Why a command did or did not succeed. The values are part of the state that snapshots keep.</summary>
internal enum Outcome : byte
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

    /// <summary>The files would take more than the command allows, and more than before.</summary>
    StoreFull = 5,

    /// <summary>The request id belongs to another command. Not remembered.</summary>
    RequestIdReused = 6,

    /// <summary>
    /// A request that came after the command's floor has been forgotten, so it cannot be told whether this one was applied
    /// before. It was not now. Not remembered.
    /// </summary>
    RequestTooOld = 7,

    /// <summary>The session is over, or never was.</summary>
    SessionExpired = 8,

    /// <summary>The session holds as many files as it may.</summary>
    SessionFull = 9,
}

/// <summary>The result of one command.</summary>
/// <param name="Outcome">Whether it succeeded, or why not.</param>
/// <param name="Revision">The last revision it took; on a mismatch the file's current revision; of a request that is too old
/// the tree's revision; otherwise 0. Of a transaction that only checked: the tree's revision.</param>
/// <param name="Change">Of a transaction that failed: which of its changes did, from 0.</param>
internal readonly record struct ApplyResult(Outcome Outcome, long Revision, int Change = 0);
