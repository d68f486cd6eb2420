namespace Doozer.Client.Recipes;

/// <summary>
/// A lock that one of all processes holds at a time, and that they get in the order in which they asked. Not reentrant: a session
/// that asks twice waits for itself.
/// </summary>
/// <param name="store">The namespace.</param>
/// <param name="path">Its directory, where those who hold or want it have one file each.</param>
public sealed class DistributedLock(IDoozerNamespace store, string path)
{
    private readonly WaitingLine _line = new(store, path);

    /// <summary>Waits for the lock. Giving up, for whatever reason and at whatever moment, leaves nothing behind.</summary>
    /// <param name="session">Who is to hold it; it is lost with the session.</param>
    /// <param name="timeout">How long to wait; null: for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock: dispose of it to give it up.</returns>
    /// <exception cref="TimeoutException">The time is up.</exception>
    /// <exception cref="SessionExpiredException">The session is over.</exception>
    /// <exception cref="NotHeldException">Somebody deleted the file that stood for this request.</exception>
    /// <exception cref="DoozerException">The store failed, as in any request.</exception>
    public Task<LockHandle> AcquireAsync(
        Session session, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        LockHandle.OrTimeoutAsync(EnterAsync(session, timeout, cancellationToken), path, timeout);

    /// <summary>Waits for the lock no longer than a while. Errors as <see cref="AcquireAsync"/>.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; zero: take it only if it is free.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock, or null.</returns>
    public Task<LockHandle?> TryAcquireAsync(
        Session session, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        EnterAsync(session, timeout, cancellationToken);

    private async Task<LockHandle?> EnterAsync(Session session, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var patience = new Patience(store, session, timeout, cancellationToken);
        return await patience.TryAsync(async () =>
        {
            var file = new HeldFile(store, session, _line.NewPath("lock"));
            if (await _line.TryEnterAsync(file, static _ => true, patience) is null)
                return null;
            file.WillPassOn();
            return new LockHandle(file);
        });
    }
}
