namespace Doozer.Client.Recipes;

/// <summary>A lock, or a lease of a semaphore, that is held until this is disposed of or lost.</summary>
public sealed class LockHandle : IAsyncDisposable
{
    private readonly HeldFile _file;

    internal LockHandle(HeldFile file) => _file = file;

    /// <summary>The file that stands for it in the store.</summary>
    public string Path => _file.Path;

    /// <summary>
    /// Higher than that of anybody who has held the same before. Send it along with what you write elsewhere, and have a write
    /// with a lower one than was seen refused there: a process that was paused does not know yet that it holds nothing any more.
    /// </summary>
    public long FencingToken => _file.Revision;

    /// <summary>
    /// Is cancelled when it is held no more: before anybody else can have it when the session is <see cref="Session.Lost"/>, and
    /// soon after when somebody deletes its file.
    /// </summary>
    public CancellationToken Lost => _file.Lost;

    /// <summary>
    /// Gives it up. When the store cannot be reached that goes on in the background, as long as the session lives.
    /// </summary>
    public async ValueTask DisposeAsync() => await _file.ReleaseAsync();

    /// <summary>What cannot be had in time is an error for who asks without "try".</summary>
    internal static async Task<T> OrTimeoutAsync<T>(Task<T?> acquiring, string path, TimeSpan? timeout)
        where T : class =>
        await acquiring ?? throw new TimeoutException($"'{path}' could not be had within {timeout}.");
}
