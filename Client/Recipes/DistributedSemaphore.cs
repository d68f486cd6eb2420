namespace Doozer.Client.Recipes;

/// <summary>
/// A number of leases, of which each is held by one at a time. They are given out in the order in which they were asked for.
/// </summary>
/// <remarks>
/// Who wants one waits in line for the right to look, so that only one watches the leases and a lease that comes free wakes no
/// herd. Taking the lease and leaving the line is one transaction: never are there more leases than <paramref name="count"/>.
/// </remarks>
/// <param name="store">The namespace.</param>
/// <param name="path">Its directory: below it <c>line</c> and <c>leases</c>.</param>
/// <param name="count">How many leases there are; the same for all who use it.</param>
public sealed class DistributedSemaphore(IDoozerNamespace store, string path, int count)
{
    private readonly WaitingLine _line = new(store, path + "/line");
    private readonly WaitingLine _leases = new(store, path + "/leases");

    /// <summary>How many leases there are.</summary>
    public int Count { get; } = count >= 1
        ? count
        : throw new InvalidArgumentException(nameof(count), $"it is {count}; give 1 or more");

    /// <summary>Waits for a lease. Errors and limits as <see cref="DistributedLock.AcquireAsync"/>.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; null: for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lease: dispose of it to give it back.</returns>
    public Task<LockHandle> AcquireAsync(
        Session session, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        LockHandle.OrTimeoutAsync(EnterAsync(session, timeout, cancellationToken), path, timeout);

    /// <summary>Waits for a lease no longer than a while.</summary>
    /// <param name="session">Who is to hold it.</param>
    /// <param name="timeout">How long to wait; zero: take one only if it is free.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The lease, or null.</returns>
    public Task<LockHandle?> TryAcquireAsync(
        Session session, TimeSpan timeout = default, CancellationToken cancellationToken = default) =>
        EnterAsync(session, timeout, cancellationToken);

    private async Task<LockHandle?> EnterAsync(Session session, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var patience = new Patience(store, session, timeout, cancellationToken);
        return await patience.TryAsync(async () =>
        {
            // Who only asks whether one is free writes nothing when none is.
            if (patience.IsNone && await CountAsync(patience.Token) >= Count)
                return null;
            var turn = new HeldFile(store, session, _line.NewPath("turn"));
            if (await _line.TryEnterAsync(turn, static _ => true, patience) is not { } since)
                return null;
            try
            {
                LockHandle? lease = await LeaseAsync(turn, since, patience);
                await turn.ReleaseAsync();
                return lease;
            }
            catch
            {
                turn.Abandon();
                throw;
            }
        });
    }

    private async Task<LockHandle?> LeaseAsync(HeldFile turn, long since, Patience patience)
    {
        for (long from = since + 1; await CountAsync(patience.Token) >= Count;)
        {
            if (patience.IsNone)
                return null;
            from = await ReturnAfterAsync(from, patience.Token);
        }

        var lease = new HeldFile(store, turn.Session, _leases.NewPath("lease"), Change.Del(turn.Path, turn.Revision));
        try
        {
            await lease.CreateAsync(patience.Token);
        }
        catch (TransactionFailedException failed)
        {
            turn.Session.ThrowIfLost();
            throw failed is { Change: 0, Reason: NotFoundException } ? new NotHeldException(turn.Path) : failed.Reason;
        }

        turn.MarkReleased();
        turn.Session.ThrowIfLost();
        return new LockHandle(lease);
    }

    private async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        int held = 0;
        try
        {
            await foreach (DirectoryEntry entry in store.ListAsync(path + "/leases", cancellationToken: cancellationToken))
            {
                if (entry.Session != 0)
                    held++;
            }
        }
        catch (NotFoundException)
        {
            // An empty directory is none.
        }

        return held;
    }

    /// <summary>Waits until a lease comes back on or after a revision.</summary>
    /// <returns>The revision to go on from.</returns>
    private async Task<long> ReturnAfterAsync(long from, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (FileEvent change in store.WatchAsync(path + "/leases/*", from, cancellationToken))
            {
                if (change.Kind == FileEventKind.Del)
                    return change.Revision + 1;
            }
        }
        catch (Exception exception) when (exception is TooLateException or FutureRevisionException)
        {
            // They have to be counted anew.
        }

        return 1 + await store.RevisionAsync(cancellationToken: cancellationToken);
    }
}
