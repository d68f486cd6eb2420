namespace Doozer.Namespaces;

/// <summary>Counts what is under way, and refuses more than a limit. Safe for any thread.</summary>
/// <param name="what">What is counted, in the words of an error.</param>
/// <param name="limit">Most at once.</param>
internal sealed class Admission(string what, int limit)
{
    private int _count;

    /// <summary>Counts one more, until the entry is disposed of.</summary>
    /// <exception cref="OverloadedException">There are too many.</exception>
    public Entry Enter()
    {
        if (Interlocked.Increment(ref _count) <= limit)
            return new Entry(this);
        Interlocked.Decrement(ref _count);
        throw new OverloadedException(what, limit);
    }

    internal readonly struct Entry(Admission admission) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref admission._count);
    }
}
