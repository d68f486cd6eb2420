using Doozer.Client.Recipes;
using Medallion.Threading;

namespace Doozer.Client.Locks;

/// <summary>A <see cref="DistributedLock"/> behind the interface of DistributedLock.</summary>
public sealed class DoozerDistributedLock : IDistributedLock
{
    private readonly SharedSession _session;
    private readonly DistributedLock _recipe;

    internal DoozerDistributedLock(IDoozerNamespace store, SharedSession session, string name, string path)
    {
        (_session, Name) = (session, name);
        _recipe = new DistributedLock(store, path);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Tries for it: zero takes it only if it is free.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It, or null.</returns>
    public ValueTask<DoozerDistributedSynchronizationHandle?> TryAcquireAsync(
        TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        _session.TryAcquireAsync(TryAsync, timeout, cancellationToken);

    /// <summary>Tries for it: zero takes it only if it is free.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It, or null.</returns>
    public DoozerDistributedSynchronizationHandle? TryAcquire(
        TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        Blocking.Wait(() => TryAcquireAsync(timeout, cancellationToken).AsTask());

    /// <summary>Waits for it; null waits for ever.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    public ValueTask<DoozerDistributedSynchronizationHandle> AcquireAsync(
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _session.AcquireAsync(TryAsync, timeout, cancellationToken);

    /// <summary>Waits for it; null waits for ever.</summary>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>It: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    public DoozerDistributedSynchronizationHandle Acquire(
        TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Blocking.Wait(() => AcquireAsync(timeout, cancellationToken).AsTask());

    IDistributedSynchronizationHandle? IDistributedLock.TryAcquire(TimeSpan timeout, CancellationToken cancellationToken) =>
        TryAcquire(timeout, cancellationToken);

    async ValueTask<IDistributedSynchronizationHandle?> IDistributedLock.TryAcquireAsync(
        TimeSpan timeout, CancellationToken cancellationToken) =>
        await TryAcquireAsync(timeout, cancellationToken);

    IDistributedSynchronizationHandle IDistributedLock.Acquire(TimeSpan? timeout, CancellationToken cancellationToken) =>
        Acquire(timeout, cancellationToken);

    async ValueTask<IDistributedSynchronizationHandle> IDistributedLock.AcquireAsync(
        TimeSpan? timeout, CancellationToken cancellationToken) =>
        await AcquireAsync(timeout, cancellationToken);

    private Task<LockHandle?> TryAsync(Session session, TimeSpan? timeout, CancellationToken cancellationToken) =>
        _recipe.TryAcquireAsync(session, timeout ?? Timeout.InfiniteTimeSpan, cancellationToken);
}
