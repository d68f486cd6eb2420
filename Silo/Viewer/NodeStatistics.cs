using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Doozer.Namespaces;
using Doozer.Replicas;
using Doozer.Storage;

namespace Doozer.Silo.Viewer;

/// <summary>
/// Keeps what this node measured during the last ten minutes, so that a page that is opened shows them at once. It listens to the
/// meter of the grains, and takes a sample every two seconds; a namespace that nobody uses costs none.
/// </summary>
internal sealed class NodeStatistics : IHostedService, IDisposable
{
    /// <summary>Between two samples.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly ReplicaDrivers _replicas;
    private readonly TimeProvider _time;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, Tally> _tallies = new(StringComparer.Ordinal);
    private readonly DurationHistogram _flushes = new();
    private readonly Samples<LogSample> _log = new(sample => sample.At);
    private ITimer? _timer;

    public NodeStatistics(ReplicaDrivers replicas, TimeProvider time)
    {
        _replicas = replicas;
        _time = time;
        Started = time.GetUtcNow().ToUnixTimeMilliseconds();
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name is NamespaceMeter.WriteDuration or NamespaceMeter.Reads or LogMeter.FlushDuration)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(OnDuration);
        _listener.SetMeasurementEventCallback<long>(OnCount);
    }

    /// <summary>When this process was started, in milliseconds since 1970.</summary>
    public long Started { get; }

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public NamespaceSample[] Of(string @namespace) =>
        _tallies.TryGetValue(@namespace, out Tally? tally) ? tally.Samples.ToArray() : [];

    public LogSample[] OfLog() => _log.ToArray();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        _timer = _time.CreateTimer(_ => Take(), null, Interval, Interval);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _listener.Dispose();
    }

    /// <summary>Takes a sample of everything.</summary>
    internal void Take()
    {
        long now = Now;
        long oldest = now - (long)Kept.TotalMilliseconds;
        DurationSummary flushes = _flushes.Take();
        if (flushes.Count > 0)
            _log.Add(new LogSample(now, flushes), oldest);
        int there = 0;
        foreach (ReplicaDriver replica in _replicas.All)
        {
            TallyOf(replica.Namespace).Take(now, oldest, replica.Tree.Revision, replica.Leadership.Value);
            there++;
        }

        if (_tallies.Count == there)
            return;
        foreach (string gone in _tallies.Keys.Except(_replicas.All.Select(replica => replica.Namespace)))
            _tallies.TryRemove(gone, out _);
    }

    private void OnDuration(
        Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Name == LogMeter.FlushDuration)
            _flushes.Add(seconds);
        else if (NamespaceIn(tags) is { } name)
            TallyOf(name).Writes.Add(seconds);
    }

    private void OnCount(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (NamespaceIn(tags) is { } name)
            Interlocked.Add(ref TallyOf(name).Reads, count);
    }

    private Tally TallyOf(string @namespace) => _tallies.GetOrAdd(@namespace, static _ => new Tally());

    private static string? NamespaceIn(ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        tags.Length > 0 ? tags[0].Value as string : null;

    private sealed class Tally
    {
        public long Reads;

        private Leadership? _leadership;
        private long _revision = -1;

        public DurationHistogram Writes { get; } = new();

        public Samples<NamespaceSample> Samples { get; } = new(sample => sample.At);

        public void Take(long now, long oldest, long revision, Leadership leadership)
        {
            long reads = Interlocked.Exchange(ref Reads, 0);
            DurationSummary writes = Writes.Take();
            if (reads == 0 && writes.Count == 0 && revision == _revision && leadership == _leadership)
                return;
            (_revision, _leadership) = (revision, leadership);
            string ballot = leadership.Ballot.ToString();
            Samples.Add(new NamespaceSample(now, revision, leadership.Leader ?? "", ballot, reads, writes), oldest);
        }
    }

    private sealed class Samples<T>(Func<T, long> at)
    {
        private readonly Lock _lock = new();
        private readonly Queue<T> _samples = new();

        public void Add(T sample, long oldest)
        {
            lock (_lock)
            {
                _samples.Enqueue(sample);
                while (at(_samples.Peek()) < oldest)
                    _samples.Dequeue();
            }
        }

        public T[] ToArray()
        {
            lock (_lock)
                return [.. _samples];
        }
    }
}
