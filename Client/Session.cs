namespace Doozer.Client;

/// <summary>
/// A promise to be alive, kept by its client in the background until it is closed. What it holds in the store, goes with it.
/// </summary>
/// <remarks>
/// It counts as alive for its ttl less 10%, for clocks that differ, from when the newest sign of life that the store confirmed
/// was sent. So <see cref="Lost"/> comes before the store lets go of what the session holds, however slow or cut off the store
/// is. A process that does not run, as in a long pause, cannot see it come: check <see cref="IsAlive"/>, and give a fencing token
/// along with what you write elsewhere.
/// </remarks>
public sealed class Session : IAsyncDisposable
{
    private readonly SessionKeeper _keeper;
    private readonly CancellationTokenSource _lost = new();
    private long _aliveUntil;
    private volatile bool _isOver;
    private Task? _closing;

    internal Session(SessionKeeper keeper, long id, TimeSpan ttl, string owner, long aliveUntil)
    {
        (_keeper, Id, Ttl, Owner) = (keeper, id, ttl, owner);
        _aliveUntil = aliveUntil;
        Lost = _lost.Token;
    }

    /// <summary>Its id: the revision that opened it.</summary>
    public long Id { get; }

    /// <summary>How long it lasts in the store without a sign of life.</summary>
    public TimeSpan Ttl { get; }

    /// <summary>Whose it is, for people.</summary>
    public string Owner { get; }

    /// <summary>The namespace that it is in.</summary>
    public string Namespace => _keeper.Namespace;

    /// <summary>
    /// Is cancelled when it must count as over: it was not confirmed in time, the store says that it has ended, or it is being
    /// closed.
    /// </summary>
    public CancellationToken Lost { get; }

    /// <summary>
    /// Whether it counts as alive now, by the clock. Unlike <see cref="Lost"/> it needs no thread that has run in time.
    /// </summary>
    public bool IsAlive => !_isOver && _keeper.Time.GetTimestamp() < AliveUntil;

    /// <summary>A revision that this session's process has seen: the floor of its next writes.</summary>
    internal long Seen
    {
        get => Math.Max(Id, Volatile.Read(ref field));
        set => Volatile.Write(ref field, value);
    }

    /// <summary>Timestamp until which it counts as alive.</summary>
    internal long AliveUntil
    {
        get => Volatile.Read(ref _aliveUntil);
        set => Volatile.Write(ref _aliveUntil, value);
    }

    /// <summary>Timestamp at which the next sign of life is sent.</summary>
    internal long RenewAt { get; set; }

    /// <summary>Timestamp at which the keeper must look at it; its place among the others.</summary>
    internal long Due { get; set; }

    /// <summary>Whether a sign of life is under way.</summary>
    internal bool IsAwaited { get; set; }

    /// <summary>Refuses to go on once it is over.</summary>
    /// <exception cref="SessionExpiredException">It does not count as alive any more.</exception>
    public void ThrowIfLost()
    {
        if (!IsAlive)
            throw new SessionExpiredException(Id);
    }

    /// <summary>
    /// Ends it, and deletes what it holds. Takes at most its ttl: after that the store ends it anyway. To close what is over is
    /// no error.
    /// </summary>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="DoozerException">It could not be closed: the store ends it after its ttl.</exception>
    public Task CloseAsync(CancellationToken cancellationToken = default)
    {
        Task closing;
        lock (_lost)
            closing = _closing ??= _keeper.CloseAsync(this);
        return closing.WaitAsync(cancellationToken);
    }

    /// <summary>Closes it, or leaves that to the store when the store cannot be reached.</summary>
    public async ValueTask DisposeAsync() => await CloseAsync().ConfigureAwait(
        ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>It is over: nobody may act on it any more.</summary>
    internal void End()
    {
        _isOver = true;
        _ = _lost.CancelAsync();
    }
}
