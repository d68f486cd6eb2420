using Doozer.Client.Recipes;

namespace Doozer.Client.Locks;

/// <summary>The session of all locks of a provider: opened when it is needed first, and again when it was lost.</summary>
internal sealed class SharedSession(IDoozerNamespace store, TimeSpan ttl) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private Task<Session>? _session;
    private bool _isDisposed;

    /// <summary>Tries for something that a session holds, with another session if the first is lost while it waits.</summary>
    /// <param name="acquire">Tries with a session, for a time; null: for ever.</param>
    /// <param name="timeout">How long to wait; null: for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<DoozerDistributedSynchronizationHandle?> TryAcquireAsync(
        Func<Session, TimeSpan?, CancellationToken, Task<LockHandle?>> acquire,
        TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            timeout = null;
        long began = store.TimeProvider.GetTimestamp();
        while (true)
        {
            Session session = await GetAsync().WaitAsync(cancellationToken);
            TimeSpan? left = timeout - store.TimeProvider.GetElapsedTime(began);
            try
            {
                LockHandle? handle = await acquire(session, left < TimeSpan.Zero ? TimeSpan.Zero : left, cancellationToken);
                return handle is null ? null : new DoozerDistributedSynchronizationHandle(handle);
            }
            catch (SessionExpiredException) when (left is null || left > TimeSpan.Zero)
            {
                // The next one stands at the end of the line.
            }
        }
    }

    /// <summary>As <see cref="TryAcquireAsync"/>, but what cannot be had in time is an error.</summary>
    public async ValueTask<DoozerDistributedSynchronizationHandle> AcquireAsync(
        Func<Session, TimeSpan?, CancellationToken, Task<LockHandle?>> acquire,
        TimeSpan? timeout,
        CancellationToken cancellationToken) =>
        await TryAcquireAsync(acquire, timeout, cancellationToken)
        ?? throw new TimeoutException($"It could not be had within {timeout}.");

    public async ValueTask DisposeAsync()
    {
        Task<Session>? opening;
        lock (_gate)
            (opening, _session, _isDisposed) = (_session, null, true);
        if (opening is null)
            return;
        try
        {
            await (await opening).DisposeAsync();
        }
        catch (DoozerException)
        {
            // It was not opened, or nobody knows: then it ends after its ttl.
        }
    }

    private Task<Session> GetAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            bool isUsable = _session is not null
                && (!_session.IsCompleted || (_session.IsCompletedSuccessfully && _session.Result.IsAlive));
            return isUsable ? _session! : _session = store.OpenSessionAsync(ttl);
        }
    }
}
