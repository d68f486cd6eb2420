namespace Doozer.Storage;

/// <summary>The write-ahead log that all replicas of a node share, as its users see it. Any thread.</summary>
internal interface INodeLog : IAsyncDisposable
{
    /// <summary>The segment that is being written: what is appended from now on goes into it or one after it.</summary>
    long Sequence { get; }

    /// <summary>Whether so much waits for the disk that whoever limits its own appends should take nothing more on.</summary>
    bool IsBehind { get; }

    /// <summary>
    /// Appends a record. The task completes when the record, and every one appended before it, is durable; the payload is
    /// copied before this returns. It fails with a <see cref="StorageException"/> when the record is too large or too much
    /// is waiting (nothing was written then), or when the log has failed (the record may or may not be found again).
    /// </summary>
    /// <param name="group">Whose record it is.</param>
    /// <param name="payload">The record.</param>
    /// <param name="isLimited">
    /// The caller cannot do without the record, and limits what it lets wait by itself, with <see cref="IsBehind"/>: it is not
    /// refused however much is waiting.
    /// </param>
    Task Append(string group, ReadOnlyMemory<byte> payload, bool isLimited = false);

    /// <summary>Deletes the segments before this one, which must be recorded as not needed.</summary>
    void RemoveBefore(long sequence);
}
