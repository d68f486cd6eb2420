namespace Doozer.Client.Recipes;

/// <summary>An election that was won, until this is disposed of or lost.</summary>
public sealed class Leadership : IAsyncDisposable
{
    private readonly Candidacy _candidacy;

    internal Leadership(Candidacy candidacy) => _candidacy = candidacy;

    /// <summary>Higher than that of all leaders before, as <see cref="LockHandle.FencingToken"/>.</summary>
    public long FencingToken => _candidacy.Revision;

    /// <summary>Is cancelled when it leads no more, as <see cref="LockHandle.Lost"/>.</summary>
    public CancellationToken Lost => _candidacy.Lost;

    /// <summary>Changes the leader's value.</summary>
    /// <param name="value">What the others are to know of the leader.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <returns>The revision of the value.</returns>
    /// <exception cref="NotHeldException">It does not lead any more.</exception>
    /// <exception cref="SessionExpiredException">Its session is over.</exception>
    /// <exception cref="DoozerException">The store failed, as in any write.</exception>
    public Task<long> SetValueAsync(ReadOnlyMemory<byte> value, CancellationToken cancellationToken = default) =>
        _candidacy.ProclaimAsync(value, cancellationToken);

    /// <summary>
    /// Gives the leadership up, so that the next candidate leads. When the store cannot be reached that goes on in the
    /// background, as long as the session lives.
    /// </summary>
    public Task ResignAsync() => _candidacy.ReleaseAsync();

    /// <summary>Resigns.</summary>
    public async ValueTask DisposeAsync() => await ResignAsync();
}
