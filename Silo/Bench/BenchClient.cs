using Doozer.Client;

namespace Doozer.Silo.Bench;

/// <summary>One of the clients of a bench: does one operation after the other and keeps its own figures.</summary>
internal sealed class BenchClient(IDoozerNamespace store, BenchSettings settings, string[] paths, int number, TimeProvider time)
{
    private readonly Random _random = new(HashCode.Combine(settings.Seed, number));
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly byte[] _body = new byte[settings.Size];
    private long _done;

    public BenchLatencyHistogram Latencies { get; } = new();

    public IReadOnlyDictionary<string, long> Errors => _errors;

    /// <summary>Operations that have ended well or badly, unmeasured ones included; may be read while the client runs.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>An operation counts when it began while the bench was being measured, however long it took.</summary>
    public async Task RunAsync(BenchPhase phase)
    {
        _random.NextBytes(_body);
        while (phase.Now != BenchPhase.Stage.Over)
        {
            bool measured = phase.Now == BenchPhase.Stage.Measured;
            long began = time.GetTimestamp();
            try
            {
                await OperateAsync(paths[_random.Next(paths.Length)]);
                if (measured)
                    Latencies.Record(time.GetElapsedTime(began).Ticks / TimeSpan.TicksPerMicrosecond);
            }
            catch (Exception exception)
            {
                string code = (exception as DoozerException)?.Code ?? exception.GetType().Name;
                if (measured)
                    _errors[code] = _errors.GetValueOrDefault(code) + 1;
            }

            Volatile.Write(ref _done, _done + 1);
        }
    }

    /// <summary>Writes the files whose number is this client's modulo the number of clients.</summary>
    public async Task PrefillAsync()
    {
        for (int i = number; i < paths.Length; i += settings.Clients)
            await store.SetAsync(paths[i], _body, Revisions.Clobber);
    }

    private Task OperateAsync(string path) => settings.Operation switch
    {
        BenchOperation.Read => store.GetAsync(path),
        BenchOperation.LocalRead => store.GetAsync(path, mode: ReadMode.Local),
        BenchOperation.Mixed when _random.Next(10) != 0 => store.GetAsync(path),
        _ => store.SetAsync(path, _body, Revisions.Clobber),
    };
}

/// <summary>Tells all clients of a bench how far it is.</summary>
internal sealed class BenchPhase
{
    private volatile int _stage;

    internal enum Stage
    {
        WarmUp,
        Measured,
        Over,
    }

    public Stage Now
    {
        get => (Stage)_stage;
        set => _stage = (int)value;
    }
}
