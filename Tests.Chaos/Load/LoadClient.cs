using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>
/// A client: one operation after another, each tried at one node and then at others, a write always with the same request id.
/// What it asked for and learned goes into the history.
/// </summary>
/// <param name="name">Its name in the history.</param>
/// <param name="namespace">Where it works.</param>
/// <param name="store">By what.</param>
/// <param name="nodes">The numbers of the nodes that there are now.</param>
/// <param name="recorder">Takes the history.</param>
/// <param name="seed">Decides what it asks for.</param>
internal sealed class LoadClient(
    string name, string @namespace, IStore store, Func<IReadOnlyList<int>> nodes, Recorder recorder, int seed)
{
    private const int MaxAttempts = 6;
    private const int LongestPauseMilliseconds = 50;

    private static readonly string[] Paths = ["/a", "/b", "/c", "/d/x", "/d/y", "/d/y/z"];
    private static readonly string[] Globs = ["/**", "/**", "/d/*", "/a"];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long _watched = 1;
    private int _values;

    /// <summary>How long a wait waits.</summary>
    public static TimeSpan WaitTime => TimeSpan.FromSeconds(0.3);

    /// <summary>All files that any client writes.</summary>
    public static IReadOnlyList<string> Files => Paths;

    /// <summary>How many events a wait asks for at most.</summary>
    public static int PageOf(Operation wait) => 1 + (int)((uint)HashCode.Combine(wait.Start) % 1000);

    /// <summary>Works until it is told to stop, and then finishes what is under way, unless it has to give that up.</summary>
    public async Task Run(CancellationToken stop, CancellationToken giveUp)
    {
        while (!stop.IsCancellationRequested)
        {
            await Perform(Draw(), _random.Next(1, MaxAttempts + 1), giveUp);
            await Task.Delay(
                TimeSpan.FromMilliseconds(_random.Next(LongestPauseMilliseconds)), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Does one operation and records it.</summary>
    /// <param name="operation">What; it begins now.</param>
    /// <param name="attempts">How often it may be tried.</param>
    /// <param name="cancellation">Gives it up; its outcome is then unknown.</param>
    /// <param name="only">The node to ask; null for any.</param>
    public async Task<Operation> Perform(Operation operation, int attempts, CancellationToken cancellation, int? only = null)
    {
        Guid request = NewRequestId();
        bool mayBeDone = false;
        operation = operation with { Start = recorder.Now };
        for (int number = 0; number < attempts && !cancellation.IsCancellationRequested; number++)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(DrawPatience());
            Attempt attempt = await store.Try(operation, request, only ?? DrawNode(), patience.Token);
            recorder.Count(attempt.Reason);
            if (attempt.Learned is { } learned)
            {
                recorder.Add(learned = learned with { End = recorder.Now });
                Remember(learned);
                return learned;
            }

            mayBeDone |= attempt.Verdict == Verdict.Unknown;
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1, 60)), TimeProvider.System, CancellationToken.None);
        }

        Operation lost = operation.IsWrite && mayBeDone
            ? operation with { Outcome = OperationOutcome.Unknown }
            : operation with { Outcome = OperationOutcome.Failed, End = recorder.Now };
        recorder.Add(lost);
        return lost;
    }

    public Operation Create(OperationKind kind, string path) =>
        new() { Client = name, Namespace = @namespace, Kind = kind, Path = path, Start = 0, Outcome = OperationOutcome.Unknown };

    private Operation Draw()
    {
        string path = Paths[_random.Next(Paths.Length)];
        return _random.Next(20) switch
        {
            < 8 => Create(OperationKind.Set, path) with { Value = $"{name}.{++_values}", Condition = DrawCondition(path) },
            < 10 => Create(OperationKind.Del, path) with { Condition = DrawCondition(path) },
            10 => Create(OperationKind.Nop, "/"),
            < 16 => Create(OperationKind.Get, path),
            < 18 => Create(OperationKind.Local, path),
            _ => Create(OperationKind.Wait, Globs[_random.Next(Globs.Length)]) with { Condition = _watched },
        };
    }

    private int DrawNode()
    {
        IReadOnlyList<int> now = nodes();
        return now[_random.Next(now.Count)];
    }

    private long DrawCondition(string path) => _random.Next(6) switch
    {
        0 => 0,
        <= 2 => _seen.GetValueOrDefault(path),
        _ => -1,
    };

    /// <summary>Mostly shorter than a node takes to say that there is no quorum, and sometimes longer.</summary>
    private TimeSpan DrawPatience() => TimeSpan.FromMilliseconds(_random.Next(5) == 0 ? 7000 : _random.Next(700, 2500));

    private Guid NewRequestId()
    {
        Span<byte> bytes = stackalloc byte[16];
        // The run is no secret, and its ids may be drawn from its seed.
        _random.NextBytes(bytes);
        return new Guid(bytes);
    }

    private void Remember(Operation learned)
    {
        if (learned.Kind != OperationKind.Wait)
            _seen[learned.Path] = learned.IsWrite ? learned.Revision : learned.File;
        else if (learned.Path == "/**" && learned.Outcome == OperationOutcome.Ok)
            _watched = learned.Revision;
    }
}
