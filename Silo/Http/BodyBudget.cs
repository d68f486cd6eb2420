namespace Doozer.Silo.Http;

/// <summary>Bytes of bodies that may be in memory at once, from when they are read until their write is answered.</summary>
internal sealed class BodyBudget(long limit)
{
    private long _taken;

    /// <summary>Takes so many bytes, until the result is disposed of.</summary>
    /// <exception cref="OverloadedException">There are not so many left.</exception>
    public Share Take(long bytes)
    {
        // One always fits, or a body that is allowed could never be written.
        long taken = Interlocked.Add(ref _taken, bytes);
        if (taken <= limit || taken == bytes)
            return new Share(this, bytes);
        Interlocked.Add(ref _taken, -bytes);
        throw new OverloadedException("bytes of bodies under way", limit);
    }

    /// <summary>What was taken.</summary>
    public readonly struct Share(BodyBudget budget, long bytes) : IDisposable
    {
        /// <summary>Gives it back. To be called once.</summary>
        public void Dispose() => Interlocked.Add(ref budget._taken, -bytes);
    }
}
