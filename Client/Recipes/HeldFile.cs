using System.Text;

namespace Doozer.Client.Recipes;

/// <summary>
/// A file of a name that nobody else uses, held by a session: what a recipe's place in a line, lock or lease is in the store.
/// Once its creation has begun, it is deleted whatever happens, or goes with the session.
/// </summary>
/// <remarks>What goes on in the background runs on the pool, not on the scheduler of a grain that may be gone by then.</remarks>
/// <param name="store">The namespace.</param>
/// <param name="session">Who holds it.</param>
/// <param name="path">Where: its name is unique, so that a file that is there already is its own.</param>
/// <param name="alongside">A change that is made in one transaction with its creation; null for none.</param>
internal class HeldFile(IDoozerNamespace store, Session session, string path, Change? alongside = null)
{
    // The last body of a file whose owner had waited for all files before it. It is written by the transaction that deletes the
    // file, so that who waits for it knows that none is left.
    private static readonly byte[] PassedOn = "passed on"u8.ToArray();

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly Guid _requestId = Guid.NewGuid();
    private readonly byte[] _body = Encoding.UTF8.GetBytes(session.Owner);
    private readonly Lock _gate = new();
    private CancellationTokenSource? _watching;
    private CancellationToken _lost;
    private bool _isPassedOn;
    private bool _isReleased;

    public string Path => path;

    public Session Session => session;

    /// <summary>The revision that created it: its place in the line, and the fencing token.</summary>
    public long Revision { get; private set; }

    protected IDoozerNamespace Store => store;

    /// <summary>Is cancelled when the session counts as over, or somebody else deletes or takes the file.</summary>
    /// <remarks>The file is watched from when this is first asked for: a watch costs a poll now and then.</remarks>
    public CancellationToken Lost
    {
        get
        {
            lock (_gate)
            {
                if (_isReleased)
                    return session.Lost;
                if (_watching is null)
                {
                    var lost = CancellationTokenSource.CreateLinkedTokenSource(session.Lost);
                    _lost = lost.Token;
                    _watching = CancellationTokenSource.CreateLinkedTokenSource(_lost);
                    CancellationToken stop = _watching.Token;
                    _ = Task.Run(() => WatchAsync(lost, stop), CancellationToken.None);
                }

                return _lost;
            }
        }
    }

    /// <summary>Creates it. When that fails, or is not waited for to the end, nothing stays behind.</summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        Task<long> creation = WriteAsync();
        try
        {
            Revision = await creation.WaitAsync(cancellationToken);
        }
        catch
        {
            _ = Task.Run(() => UndoAsync(creation), CancellationToken.None);
            throw;
        }
    }

    /// <summary>Whether a change says that all files before that one are gone, and that it goes by the same
    /// transaction.</summary>
    public static bool IsPassedOn(FileEvent change) =>
        change.Kind == FileEventKind.Set && change.Revision < change.End && change.Body.AsSpan().SequenceEqual(PassedOn);

    /// <summary>All files before it are gone: so it is said when this one goes.</summary>
    public void WillPassOn() => _isPassedOn = true;

    /// <summary>Deletes it. If the store cannot be reached now, goes on in the background as long as the session lives.</summary>
    public async Task ReleaseAsync()
    {
        if (MarkReleased() && !await TryDeleteAsync(_isPassedOn ? PassOnAsync : DeleteAsync))
            _ = Task.Run(PersistAsync);
    }

    /// <summary>Deletes it in the background.</summary>
    public void Abandon()
    {
        if (MarkReleased())
            _ = Task.Run(PersistAsync);
    }

    /// <summary>It is gone by a transaction: nothing is left to delete.</summary>
    /// <returns>False when it was released before.</returns>
    public bool MarkReleased()
    {
        lock (_gate)
        {
            if (_isReleased)
                return false;
            _isReleased = true;
            _ = _watching?.CancelAsync();
            return true;
        }
    }

    /// <summary>Deletes it in the store, if it is there.</summary>
    protected virtual async Task DeleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.DeleteAsync(path, Revision, cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is NotFoundException or RevisionMismatchException)
        {
            // It is gone.
        }
    }

    /// <remarks>A file that is gone is made for a moment, and nobody waits for it any more: what it says is true.</remarks>
    private async Task PassOnAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.TransactAsync(
                [Change.Set(path, PassedOn, Revision, session.Id), Change.Del(path)],
                cancellationToken: cancellationToken);
        }
        catch (TransactionFailedException)
        {
            // Say because there is no room: to delete it needs none.
            await DeleteAsync(cancellationToken);
        }
    }

    /// <summary>Is called again after an unknown outcome: it is the same request, by its id.</summary>
    private async Task<long> WriteAsync()
    {
        while (true)
        {
            long floor = session.Seen;
            try
            {
                return alongside is null
                    ? await store.SetAsync(path, _body, Revisions.Missing, _requestId, floor, session.Id, session.Lost)
                    : await store.TransactAsync(
                        [alongside, Change.Set(path, _body, Revisions.Missing, session.Id)], _requestId, floor, session.Lost);
            }
            catch (RequestTooOldException old) when (old.Current > floor)
            {
                // An attempt with a floor that is too old is refused however late it comes, so this is the only one that counts.
                session.Seen = old.Current;
            }
            catch (RevisionMismatchException mine)
            {
                return mine.Current;
            }
            catch (TransactionFailedException failed) when (failed is { Change: 1, Reason: RevisionMismatchException mine })
            {
                return mine.Current;
            }
            catch (OperationCanceledException) when (session.Lost.IsCancellationRequested)
            {
                throw new SessionExpiredException(session.Id);
            }
        }
    }

    /// <summary>Finds out what became of the creation, and deletes what it may have made.</summary>
    private async Task UndoAsync(Task<long> creation)
    {
        while (true)
        {
            try
            {
                Revision = await creation;
                Abandon();
                return;
            }
            catch (OutcomeUnknownException) when (session.IsAlive)
            {
                await PauseAsync();
                creation = WriteAsync();
            }
            catch (Exception)
            {
                // Nothing was done, or the session is over.
                return;
            }
        }
    }

    private async Task PersistAsync()
    {
        while (!await TryDeleteAsync(DeleteAsync))
            await PauseAsync();
    }

    /// <returns>Whether nothing is left to do.</returns>
    private async Task<bool> TryDeleteAsync(Func<CancellationToken, Task> delete)
    {
        try
        {
            await delete(session.Lost);
            return true;
        }
        catch (Exception exception)
        {
            return exception is not DoozerException || !session.IsAlive;
        }
    }

    private async Task WatchAsync(CancellationTokenSource lost, CancellationToken stop)
    {
        try
        {
            for (long? from = Revision + 1; from is not null;)
                from = await LossAfterAsync(from.Value, stop) ? null : 1 + await RevisionOfHeldAsync(stop);
        }
        catch (Exception)
        {
            // It was released; or else, who cannot see whether it is held must not rely on it.
        }
        finally
        {
            if (!stop.IsCancellationRequested)
                await lost.CancelAsync();
            lost.Dispose();
        }
    }

    /// <summary>Waits for a change on or after a revision by which it is held no more.</summary>
    /// <returns>False when those revisions are not there to be read.</returns>
    private async Task<bool> LossAfterAsync(long from, CancellationToken stop)
    {
        try
        {
            await foreach (FileEvent change in store.WatchAsync(path, from, stop))
            {
                if (change.Kind != FileEventKind.Set || change.Session != session.Id)
                    return true;
            }
        }
        catch (Exception exception) when (exception is TooLateException or FutureRevisionException)
        {
            // It has to be looked at anew.
        }

        return false;
    }

    /// <summary>The revision of the tree in which the session still holds the file, or null.</summary>
    private async Task<long?> RevisionOfHeldAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                EntryStat found = await store.StatAsync(path, cancellationToken: stop);
                return found.Kind == EntryKind.File && found.Session == session.Id ? found.TreeRevision : null;
            }
            catch (DoozerException)
            {
                await Task.Delay(Pause, store.TimeProvider, stop);
            }
        }
    }

    private Task PauseAsync() => Task.Delay(Pause, store.TimeProvider, CancellationToken.None);
}
