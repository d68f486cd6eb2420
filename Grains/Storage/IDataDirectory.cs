using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>
/// What a node keeps on its disk: who it is, its log and its snapshots. Held by one node until it is disposed of.
/// </summary>
internal interface IDataDirectory : IDisposable
{
    string Path { get; }

    /// <summary>Drawn when the directory was made: a node that lost its disk comes back with another one.</summary>
    Guid Incarnation { get; }

    string LogDirectory { get; }

    /// <summary>The snapshots, and what the log starts from.</summary>
    SnapshotStore Snapshots { get; }

    /// <summary>
    /// Opens the node's log, and refuses when there was one and it is gone: such a node would break its promises.
    /// </summary>
    /// <param name="options">Its sizes.</param>
    /// <param name="replay">Is called for every record in order, with its group and a payload that is the receiver's to
    /// keep.</param>
    /// <param name="logger">Where recovery is told of.</param>
    /// <param name="onFatal">Is called once when a write failed; the process must end then.</param>
    /// <exception cref="StorageException">The log is damaged or missing, or cannot be read or written.</exception>
    INodeLog OpenLog(
        WriteAheadLogOptions options,
        Action<string, ReadOnlyMemory<byte>> replay,
        ILogger logger,
        Action<StorageException> onFatal);

    /// <summary>Bytes that may still be written there.</summary>
    long FreeBytes();

    /// <summary>A number to seed a random source with, another each time.</summary>
    int NewSeed();
}
