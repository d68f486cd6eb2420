using Medallion.Threading;

namespace Doozer.Client.Locks;

/// <summary>
/// Locks, reader-writer locks and semaphores by name, all held by one session, which is opened with the first of them and anew
/// when it was lost.
/// </summary>
public sealed class DoozerDistributedSynchronizationProvider
    : IDistributedLockProvider, IDistributedReaderWriterLockProvider, IDistributedSemaphoreProvider, IAsyncDisposable, IDisposable
{
    private readonly IDoozerNamespace _store;
    private readonly string _path;
    private readonly SharedSession _session;

    /// <summary>Creates a provider. It opens no session yet.</summary>
    /// <param name="store">The namespace.</param>
    /// <param name="options">Where the locks are, and how long they outlive their process.</param>
    public DoozerDistributedSynchronizationProvider(IDoozerNamespace store, DoozerLocksOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(options);
        (_store, _path, _session) = (store, options.Path, new SharedSession(store, options.Ttl));
    }

    /// <summary>A lock by name.</summary>
    /// <param name="name">Any name.</param>
    public DoozerDistributedLock CreateLock(string name) =>
        new(_store, _session, name, $"{_path}/lock/{LockName.Escape(name)}");

    /// <summary>A reader-writer lock by name.</summary>
    /// <param name="name">Any name.</param>
    public DoozerDistributedReaderWriterLock CreateReaderWriterLock(string name) =>
        new(_store, _session, name, $"{_path}/reader-writer/{LockName.Escape(name)}");

    /// <summary>A semaphore by name.</summary>
    /// <param name="name">Any name.</param>
    /// <param name="maxCount">How many may hold it; the same for all who use that name.</param>
    public DoozerDistributedSemaphore CreateSemaphore(string name, int maxCount) =>
        new(_store, _session, name, $"{_path}/semaphore/{LockName.Escape(name)}", maxCount);

    IDistributedLock IDistributedLockProvider.CreateLock(string name) => CreateLock(name);

    IDistributedReaderWriterLock IDistributedReaderWriterLockProvider.CreateReaderWriterLock(string name) =>
        CreateReaderWriterLock(name);

    IDistributedSemaphore IDistributedSemaphoreProvider.CreateSemaphore(string name, int maxCount) =>
        CreateSemaphore(name, maxCount);

    /// <summary>Closes the session, and with it gives up all that is held.</summary>
    public ValueTask DisposeAsync() => _session.DisposeAsync();

    /// <summary>As <see cref="DisposeAsync"/>.</summary>
    public void Dispose() => Blocking.Wait(async () =>
    {
        await DisposeAsync();
        return true;
    });
}
