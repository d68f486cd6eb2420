namespace Doozer.Client.Recipes;

/// <summary>How long somebody waits: until a timeout, a cancellation, or the end of the session.</summary>
internal sealed class Patience : IDisposable
{
    private readonly Session _session;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource? _timeout;
    private readonly CancellationTokenSource _any;

    /// <param name="store">The namespace, whose clock counts.</param>
    /// <param name="session">The session: nothing can be waited for without it.</param>
    /// <param name="timeout">How long to wait; zero: not at all, but for answers of the store; null: for ever.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Patience(IDoozerNamespace store, Session session, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Namespace != store.Name)
        {
            throw new ArgumentException(
                $"The session is one of the namespace '{session.Namespace}'; this needs one of '{store.Name}'.", nameof(session));
        }

        if (timeout == Timeout.InfiniteTimeSpan)
            timeout = null;
        if (timeout < TimeSpan.Zero)
            throw new InvalidArgumentException(nameof(timeout), $"it is {timeout}; give zero or more");
        (_session, _cancellation, IsNone) = (session, cancellationToken, timeout == TimeSpan.Zero);
        if (timeout > TimeSpan.Zero)
            _timeout = new CancellationTokenSource(timeout.Value, store.TimeProvider);
        _any = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken, session.Lost, _timeout?.Token ?? CancellationToken.None);
    }

    /// <summary>Whether what is not there at once is not waited for.</summary>
    public bool IsNone { get; }

    /// <summary>Is cancelled when the waiting ends, for whatever reason.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>Waits for something, and says why when the waiting ends first.</summary>
    /// <returns>What was waited for; null when the time was up.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="SessionExpiredException">The session is over.</exception>
    public async Task<T?> TryAsync<T>(Func<Task<T?>> wait)
        where T : class
    {
        try
        {
            return await wait();
        }
        catch (OperationCanceledException) when (_any.IsCancellationRequested)
        {
            _cancellation.ThrowIfCancellationRequested();
            _session.ThrowIfLost();
            return null;
        }
    }

    public void Dispose()
    {
        _any.Dispose();
        _timeout?.Dispose();
    }
}
