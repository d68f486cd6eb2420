namespace Doozer.Client.Recipes;

/// <summary>
/// A lock that many hold to read, or one to write. All get it in the order in which they asked, so that neither readers nor
/// writers starve: a reader waits for the last writer before it, a writer for whoever is before it.
/// </summary>
/// <param name="store">The namespace.</param>
/// <param name="path">Its directory, where those who hold or want it have one file each.</param>
public sealed class DistributedReaderWriterLock(IDoozerNamespace store, string path)
{
    private const string Read = "read";
    private const string Write = "write";

    private readonly WaitingLine _line = new(store, path);

    /// <summary>Waits for the lock, to read. Errors and limits as <see cref="DistributedLock.AcquireAsync"/>.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; null: for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock: dispose of it to give it up.</returns>
    public Task<LockHandle> AcquireReadAsync(
        Session session, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        LockHandle.OrTimeoutAsync(EnterAsync(Read, session, timeout, cancellationToken), path, timeout);

    /// <summary>Waits for the lock no longer than a while, to read.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; zero: take it only if it is free.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock, or null.</returns>
    public Task<LockHandle?> TryAcquireReadAsync(
        Session session, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        EnterAsync(Read, session, timeout, cancellationToken);

    /// <summary>Waits for the lock, to write. Errors and limits as <see cref="DistributedLock.AcquireAsync"/>.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; null: for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock: dispose of it to give it up.</returns>
    public Task<LockHandle> AcquireWriteAsync(
        Session session, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        LockHandle.OrTimeoutAsync(EnterAsync(Write, session, timeout, cancellationToken), path, timeout);

    /// <summary>Waits for the lock no longer than a while, to write.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; zero: take it only if it is free.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lock, or null.</returns>
    public Task<LockHandle?> TryAcquireWriteAsync(
        Session session, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        EnterAsync(Write, session, timeout, cancellationToken);

    private async Task<LockHandle?> EnterAsync(
        string kind, Session session, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var patience = new Patience(store, session, timeout, cancellationToken);
        return await patience.TryAsync(async () =>
        {
            var file = new HeldFile(store, session, _line.NewPath(kind));
            Func<string, bool> blocks = kind == Write
                ? static _ => true
                : static name => !name.StartsWith(Read + "-", StringComparison.Ordinal);
            if (await _line.TryEnterAsync(file, blocks, patience) is null)
                return null;

            // Before a reader may be others that read still.
            if (kind == Write)
                file.WillPassOn();
            return new LockHandle(file);
        });
    }
}
