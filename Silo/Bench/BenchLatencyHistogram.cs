using System.Numerics;

namespace Doozer.Silo.Bench;

/// <summary>
/// Counts latencies in buckets whose width grows with the value, so that a percentile is right within 1/64 at any size and
/// recording costs a few instructions and no memory. Each client has one, and they are merged; only progress looks at one that is
/// being recorded in, and may miss the last few.
/// </summary>
internal sealed class BenchLatencyHistogram
{
    private const int SubBucketBits = 6;
    private const int SubBuckets = 1 << SubBucketBits;

    /// <summary>Longest latency told apart, in microseconds: more than an hour.</summary>
    private const long Longest = (1L << 32) - 1;

    private readonly long[] _counts = new long[IndexOf(Longest) + 1];

    /// <summary>How many were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, exactly, in microseconds; 0 when there is none.</summary>
    public long Max { get; private set; }

    /// <summary>Records one latency.</summary>
    /// <param name="microseconds">How long it took; a negative one counts as 0.</param>
    public void Record(long microseconds)
    {
        microseconds = Math.Clamp(microseconds, 0, Longest);
        _counts[IndexOf(microseconds)]++;
        Count++;
        if (microseconds > Max)
            Max = microseconds;
    }

    /// <summary>Adds what another histogram recorded.</summary>
    public void Add(BenchLatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>What was recorded since an earlier copy of this one was made.</summary>
    public BenchLatencyHistogram Since(BenchLatencyHistogram earlier)
    {
        var since = new BenchLatencyHistogram { Max = Max };
        for (int i = 0; i < _counts.Length; i++)
        {
            since._counts[i] = _counts[i] - earlier._counts[i];
            since.Count += since._counts[i];
        }

        return since;
    }

    /// <summary>The latency, in microseconds, that the given share of all did not exceed; 0 when nothing was recorded.</summary>
    /// <param name="share">From 0 to 1: 0.5 for the median.</param>
    public long Percentile(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return Math.Min(HighestIn(i), Max);
        }

        return Max;
    }

    // The first 64 buckets hold one value each; from there every power of two is split into 64.
    private static int IndexOf(long value)
    {
        if (value < SubBuckets)
            return (int)value;
        int shift = BitOperations.Log2((ulong)value) - SubBucketBits;
        return ((shift + 1) << SubBucketBits) + (int)(value >> shift) - SubBuckets;
    }

    private static long HighestIn(int index)
    {
        if (index < SubBuckets)
            return index;
        int shift = (index >> SubBucketBits) - 1;
        return ((long)(SubBuckets + (index & (SubBuckets - 1)) + 1) << shift) - 1;
    }
}
