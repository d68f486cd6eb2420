using Doozer.Client.Recipes;
using Medallion.Threading;

namespace Doozer.Client.Locks;

/// <summary>A <see cref="DistributedReaderWriterLock"/> behind the interface of DistributedLock.</summary>
public sealed class DoozerDistributedReaderWriterLock : IDistributedReaderWriterLock
{
    private readonly SharedSession _session;
    private readonly DistributedReaderWriterLock _recipe;

    internal DoozerDistributedReaderWriterLock(IDoozerNamespace store, SharedSession session, string name, string path)
    {
        (_session, Name) = (session, name);
        _recipe = new DistributedReaderWriterLock(store, path);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Tries for it: zero takes it only if it is free.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It, or null.</returns>
    public ValueTask<DoozerDistributedSynchronizationHandle?> TryAcquireReadLockAsync(
        TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _session.TryAcquireAsync(TryReadAsync, timeout, cancellationToken);

    /// <summary>Tries for it: zero takes it only if it is free.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It, or null.</returns>
    public DoozerDistributedSynchronizationHandle? TryAcquireReadLock(
        TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        Blocking.Wait(() => TryAcquireReadLockAsync(timeout, cancellationToken).AsTask());

    /// <summary>Waits for it; null waits for ever.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    public ValueTask<DoozerDistributedSynchronizationHandle> AcquireReadLockAsync(
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _session.AcquireAsync(TryReadAsync, timeout, cancellationToken);

    /// <summary>Waits for it; null waits for ever.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    public DoozerDistributedSynchronizationHandle AcquireReadLock(
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Blocking.Wait(() => AcquireReadLockAsync(timeout, cancellationToken).AsTask());

    IDistributedSynchronizationHandle? IDistributedReaderWriterLock.TryAcquireReadLock(
        TimeSpan timeout, CancellationToken cancellationToken) =>
        TryAcquireReadLock(timeout, cancellationToken);

    async ValueTask<IDistributedSynchronizationHandle?> IDistributedReaderWriterLock.TryAcquireReadLockAsync(
        TimeSpan timeout, CancellationToken cancellationToken) =>
        await TryAcquireReadLockAsync(timeout, cancellationToken);

    IDistributedSynchronizationHandle IDistributedReaderWriterLock.AcquireReadLock(
        TimeSpan? timeout, CancellationToken cancellationToken) =>
        AcquireReadLock(timeout, cancellationToken);

    async ValueTask<IDistributedSynchronizationHandle> IDistributedReaderWriterLock.AcquireReadLockAsync(
        TimeSpan? timeout, CancellationToken cancellationToken) =>
        await AcquireReadLockAsync(timeout, cancellationToken);

    /// <summary>Tries for it: zero takes it only if it is free.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It, or null.</returns>
    public ValueTask<DoozerDistributedSynchronizationHandle?> TryAcquireWriteLockAsync(
        TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _session.TryAcquireAsync(TryWriteAsync, timeout, cancellationToken);

    /// <summary>Tries for it: zero takes it only if it is free.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It, or null.</returns>
    public DoozerDistributedSynchronizationHandle? TryAcquireWriteLock(
        TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        Blocking.Wait(() => TryAcquireWriteLockAsync(timeout, cancellationToken).AsTask());

    /// <summary>Waits for it; null waits for ever.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    public ValueTask<DoozerDistributedSynchronizationHandle> AcquireWriteLockAsync(
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _session.AcquireAsync(TryWriteAsync, timeout, cancellationToken);

    /// <summary>Waits for it; null waits for ever.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    public DoozerDistributedSynchronizationHandle AcquireWriteLock(
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Blocking.Wait(() => AcquireWriteLockAsync(timeout, cancellationToken).AsTask());

    IDistributedSynchronizationHandle? IDistributedReaderWriterLock.TryAcquireWriteLock(
        TimeSpan timeout, CancellationToken cancellationToken) =>
        TryAcquireWriteLock(timeout, cancellationToken);

    async ValueTask<IDistributedSynchronizationHandle?> IDistributedReaderWriterLock.TryAcquireWriteLockAsync(
        TimeSpan timeout, CancellationToken cancellationToken) =>
        await TryAcquireWriteLockAsync(timeout, cancellationToken);

    IDistributedSynchronizationHandle IDistributedReaderWriterLock.AcquireWriteLock(
        TimeSpan? timeout, CancellationToken cancellationToken) =>
        AcquireWriteLock(timeout, cancellationToken);

    async ValueTask<IDistributedSynchronizationHandle> IDistributedReaderWriterLock.AcquireWriteLockAsync(
        TimeSpan? timeout, CancellationToken cancellationToken) =>
        await AcquireWriteLockAsync(timeout, cancellationToken);

    private Task<LockHandle?> TryReadAsync(Session session, TimeSpan? timeout, CancellationToken cancellationToken) =>
        _recipe.TryAcquireReadAsync(session, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken);

    private Task<LockHandle?> TryWriteAsync(Session session, TimeSpan? timeout, CancellationToken cancellationToken) =>
        _recipe.TryAcquireWriteAsync(session, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken);
}
