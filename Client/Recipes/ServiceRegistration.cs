namespace Doozer.Client.Recipes;

/// <summary>A registered instance of a service, until this is disposed of or its session ends.</summary>
public sealed class ServiceRegistration : IAsyncDisposable
{
    private readonly IDoozerNamespace _store;
    private readonly Session _session;
    private readonly string _path;

    internal ServiceRegistration(IDoozerNamespace store, Session session, string path) =>
        (_store, _session, _path) = (store, session, path);

    /// <summary>Changes what the instance says of itself. Updates must not overlap.</summary>
    /// <param name="value">What the others are to know of it.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The revision of the value.</returns>
    /// <exception cref="NotHeldException">Another has registered by that name, or somebody has deleted it.</exception>
    /// <exception cref="SessionExpiredException">Its session is over.</exception>
    /// <exception cref="DoozerException">The store failed, as in any write.</exception>
    public async Task<long> UpdateAsync(ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default)
    {
        FileContent now = await _store.GetAsync(_path, cancellationToken: cancellationToken);
        if (now.Session != _session.Id)
        {
            _session.ThrowIfLost();
            throw new NotHeldException(_path);
        }

        try
        {
            return await _store.TransactAsync(
                [Change.Check(_path, now.Revision), Change.Set(_path, value.ToArray(), session: _session.Id)],
                cancellationToken: cancellationToken);
        }
        catch (TransactionFailedException failed)
        {
            _session.ThrowIfLost();
            throw failed.Reason is RevisionMismatchException ? new NotHeldException(_path) : failed.Reason;
        }
    }

    /// <summary>Takes the registration back, unless another has registered by that name. If that fails, it ends with the
    /// session.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            FileContent now = await _store.GetAsync(_path, cancellationToken: _session.Lost);
            if (now.Session == _session.Id)
                await _store.DeleteAsync(_path, now.Revision, cancellationToken: _session.Lost);
        }
        catch (Exception exception) when (exception is DoozerException or OperationCanceledException)
        {
            // It is gone, or goes with the session.
        }
    }
}
