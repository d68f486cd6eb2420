namespace Doozer.Storage;

/// <summary>What is wrong, for code that must tell the cases apart; the message is for the operator.</summary>
internal enum StorageError
{
    /// <summary>The directory cannot be created, read or written.</summary>
    Unusable,

    /// <summary>Another process, or another opening in this one, holds the directory.</summary>
    Locked,

    /// <summary>The directory belongs to another node or another cluster.</summary>
    Foreign,

    /// <summary>A file is damaged or missing, and what it held may have been promised to others.</summary>
    Damaged,

    /// <summary>One record is over the limit; the log goes on.</summary>
    TooLarge,

    /// <summary>Too much is waiting for the disk; the log goes on and the caller may come again.</summary>
    Overloaded,

    /// <summary>A write or a sync failed: the log accepts nothing any more.</summary>
    Failed,

    /// <summary>The log was closed.</summary>
    Closed,
}

/// <summary>Says in one sentence what is wrong with the node's storage, in which file, and what to do.</summary>
internal sealed class StorageException : Exception, IOperatorError
{
    /// <summary>Completes the sentence about damage to what a node may have promised.</summary>
    internal const string Advice =
        "the node must not start without what it has promised, so restore the whole data directory from a copy that was made " +
        "while the node was stopped and that it has not run since, or treat the node as lost: it must not come back empty " +
        "under its id (see 'When a file is damaged or missing' in docs/operations.md).";

    public StorageException(StorageError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    public StorageError Error { get; }

    /// <summary>A snapshot that is not what was written; the reader adds what to do.</summary>
    internal static StorageException DamagedSnapshot(string file, long offset, string what) =>
        new(StorageError.Damaged, $"The snapshot is damaged: {what}, in '{file}' at offset {offset}");

    internal static StorageException Damaged(string file, long offset, string what) => new(
        StorageError.Damaged,
        $"The log is damaged: {what}, in '{file}' at offset {offset}; {Advice}");
}
