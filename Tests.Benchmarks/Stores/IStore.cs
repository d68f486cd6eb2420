using Doozer.Benchmarks.Loads;

namespace Doozer.Benchmarks.Stores;

/// <summary>
/// One system as its clients see it, over one kind of connection. Paths are absolute. Clients have numbers, from which the
/// connection that each uses follows; each has one operation under way at a time.
/// </summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>Whether it looks for another node by itself when one does not answer.</summary>
    bool FindsOtherNodes => false;

    /// <summary>Replaces a file, whatever is there.</summary>
    Task Write(int client, string path, byte[] body, CancellationToken cancellation);

    /// <summary>As <see cref="Write"/>, for a file that is most likely not there yet.</summary>
    Task Create(int client, string path, byte[] body, CancellationToken cancellation) => Write(client, path, body, cancellation);

    /// <summary>Reads a file: linearizably, or what the node has. Null if there is no such file.</summary>
    Task<ReadOnlyMemory<byte>?> Read(int client, string path, bool local, CancellationToken cancellation);

    /// <summary>Takes a lock, in whose line others may stand, and gives it up.</summary>
    Task Lock(int client, string path, CancellationToken cancellation) =>
        throw new NotSupportedException("This store's clients have no locks.");

    /// <summary>Begins to watch a file; returns when all watchers will see the next change.</summary>
    Task Watch(string path, WatchRecorder recorder, CancellationToken stop);
}
