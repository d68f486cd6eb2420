namespace Doozer.Client.Recipes;

/// <summary>
/// Holds up all who wait at it while somebody keeps it closed, say during a migration. A barrier that a session closed opens when
/// that session ends, so that a process that dies holds up nobody for ever.
/// </summary>
/// <param name="store">The namespace.</param>
/// <param name="path">The file that is there while it is closed.</param>
public sealed class DistributedBarrier(IDoozerNamespace store, string path)
{
    /// <summary>Closes it.</summary>
    /// <param name="session">Who closes it; null: it stays closed until somebody opens it.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>False when it is closed already.</returns>
    /// <exception cref="DoozerException">The store failed, as in any write.</exception>
    public async Task<bool> TryCloseAsync(Session? session = null, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.AddAsync(path, default, session: session?.Id ?? 0, cancellationToken: cancellationToken);
            return true;
        }
        catch (RevisionMismatchException)
        {
            return false;
        }
    }

    /// <summary>Opens it, whoever closed it.</summary>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>False when it is open already.</returns>
    /// <exception cref="DoozerException">The store failed, as in any write.</exception>
    public async Task<bool> TryOpenAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await store.DeleteAsync(path, Revisions.Clobber, cancellationToken: cancellationToken);
            return true;
        }
        catch (NotFoundException)
        {
            return false;
        }
    }

    /// <summary>Waits until it is open.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="DoozerException">The store failed, as in any read.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            EntryStat found = await store.StatAsync(path, cancellationToken: cancellationToken);
            if (found.Kind != EntryKind.File)
                return;
            try
            {
                await foreach (FileEvent change in store.WatchAsync(path, found.TreeRevision + 1, cancellationToken))
                {
                    if (change.Kind == FileEventKind.Del)
                        return;
                }
            }
            catch (Exception exception) when (exception is TooLateException or FutureRevisionException)
            {
                // It has to be looked at anew.
            }
        }
    }
}
