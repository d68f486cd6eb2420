namespace Doozer.Client.Locks;

/// <summary>The synchronous methods of DistributedLock.</summary>
internal static class Blocking
{
    /// <summary>Waits on a thread of the pool, so that no scheduler of the caller's must run meanwhile.</summary>
    public static T Wait<T>(Func<Task<T>> run) => Task.Run(run).GetAwaiter().GetResult();
}
