using System.Buffers.Binary;
using System.Diagnostics;
using Doozer.Silo.Bench;

namespace Doozer.Benchmarks.Loads;

/// <summary>
/// Takes what watchers see. A body begins with the number of its write, from 1; those with the number 0 do not count.
/// </summary>
/// <param name="watchers">How many there are. What each sees is recorded by one thread at a time.</param>
/// <param name="writes">How many writes there will be at most.</param>
internal sealed class WatchRecorder(int watchers, int writes)
{
    private readonly long[] _began = new long[writes + 1];
    private readonly long[] _last = new long[watchers];
    private readonly long[] _skipped = new long[watchers];
    private readonly BenchLatencyHistogram[] _latencies =
        [.. Enumerable.Range(0, watchers).Select(_ => new BenchLatencyHistogram())];
    private long _lastDelivery;
    private Exception? _failure;

    public int Watchers => watchers;

    public int Writes => writes;

    /// <summary>Why a watch ended; null if none did.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>When the last event that counts was received: a timestamp of the stopwatch, 0 if none was.</summary>
    public long LastDelivery => Volatile.Read(ref _lastDelivery);

    public long Skipped => _skipped.Sum();

    /// <summary>From the beginning of a write until a watcher had it.</summary>
    public BenchLatencyHistogram Latencies
    {
        get
        {
            var all = new BenchLatencyHistogram();
            foreach (BenchLatencyHistogram each in _latencies)
                all.Add(each);
            return all;
        }
    }

    /// <summary>Makes the number of a write the beginning of its body.</summary>
    public static void Number(byte[] body, long number) => BinaryPrimitives.WriteInt64LittleEndian(body, number);

    public void Begins(int number) => Volatile.Write(ref _began[number], Stopwatch.GetTimestamp());

    public void Sees(int watcher, ReadOnlySpan<byte> body)
    {
        long number = BinaryPrimitives.ReadInt64LittleEndian(body);
        if (number <= _last[watcher] || number > writes)
            return;
        long now = Stopwatch.GetTimestamp();
        _skipped[watcher] += number - _last[watcher] - 1;
        _latencies[watcher].Record((long)Stopwatch.GetElapsedTime(Volatile.Read(ref _began[number]), now).TotalMicroseconds);
        Volatile.Write(ref _last[watcher], number);
        Volatile.Write(ref _lastDelivery, now);
    }

    public void Fails(Exception exception) => Interlocked.CompareExchange(ref _failure, exception, null);

    /// <summary>How many have not seen a write yet, nor a later one.</summary>
    public int Behind(int number) => _last.Count(last => Volatile.Read(ref last) < number);
}
