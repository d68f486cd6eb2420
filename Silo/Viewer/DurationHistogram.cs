namespace Doozer.Silo.Viewer;

/// <summary>
/// Counts durations in buckets that each are a fifth wider than the one before, from a microsecond on. Any thread.
/// </summary>
internal sealed class DurationHistogram
{
    private const int PerOctave = 4;
    private const int Octaves = 25;

    private readonly long[] _counts = new long[(PerOctave * Octaves) + 1];
    private bool _hasAny;

    public void Add(double seconds)
    {
        double octaves = seconds <= 1e-6 ? 0 : Math.Log2(seconds * 1e6);
        Interlocked.Increment(ref _counts[Math.Min((int)(octaves * PerOctave), _counts.Length - 1)]);
        Volatile.Write(ref _hasAny, true);
    }

    /// <summary>Tells of those since the last time, and begins anew.</summary>
    public DurationSummary Take()
    {
        if (!Interlocked.Exchange(ref _hasAny, false))
            return default;
        long[] counts = new long[_counts.Length];
        long total = 0;
        for (int i = 0; i < counts.Length; i++)
            total += counts[i] = Interlocked.Exchange(ref _counts[i], 0);
        return new DurationSummary(total, Quantile(counts, total, 0.5), Quantile(counts, total, 0.99));
    }

    private static double Quantile(long[] counts, long total, double quantile)
    {
        if (total == 0)
            return 0;
        double rank = quantile * total;
        long below = 0;
        int bucket = 0;
        while (below + counts[bucket] < rank)
            below += counts[bucket++];
        double within = (rank - below) / counts[bucket];
        return Math.Pow(2, (bucket + within) / PerOctave) / 1000;
    }
}

/// <summary>Some durations.</summary>
/// <param name="Count">How many.</param>
/// <param name="P50">Half of them are shorter, in milliseconds; 0 when there are none.</param>
/// <param name="P99">99 of 100 are shorter, in milliseconds.</param>
[GenerateSerializer, Immutable, Alias("Doozer.DurationSummary")]
internal readonly record struct DurationSummary(
    [property: Id(0)] long Count,
    [property: Id(1)] double P50,
    [property: Id(2)] double P99);
