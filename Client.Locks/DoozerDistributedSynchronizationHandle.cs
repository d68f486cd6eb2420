using Doozer.Client.Recipes;
using Medallion.Threading;

namespace Doozer.Client.Locks;

/// <summary>A lock, or a place of a semaphore, that is held until this is disposed of or lost.</summary>
public sealed class DoozerDistributedSynchronizationHandle : IDistributedSynchronizationHandle
{
    private readonly LockHandle _handle;

    internal DoozerDistributedSynchronizationHandle(LockHandle handle) => _handle = handle;

    /// <summary>Is cancelled when it is held no more, as <see cref="LockHandle.Lost"/>.</summary>
    public CancellationToken HandleLostToken => _handle.Lost;

    /// <summary>Rises from holder to holder, as <see cref="LockHandle.FencingToken"/>.</summary>
    public long FencingToken => _handle.FencingToken;

    /// <summary>Gives it up.</summary>
    public ValueTask DisposeAsync() => _handle.DisposeAsync();

    /// <summary>Gives it up.</summary>
    public void Dispose() => Blocking.Wait(async () =>
    {
        await DisposeAsync();
        return true;
    });
}
