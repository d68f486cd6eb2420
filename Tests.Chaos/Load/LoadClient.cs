using System.Text;
using Doozer.Chaos.Nodes;
using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>
/// A client: one operation after another, each tried at one node and then at others, a write always with the same request id.
/// What it asked for and learned goes into the history.
/// </summary>
internal sealed class LoadClient(string name, NodeCluster cluster, NodeConnection connection, Recorder recorder, int seed)
{
    private const int MaxAttempts = 6;
    private const int LongestPauseMilliseconds = 50;

    private static readonly string[] Paths = ["/a", "/b", "/c", "/d/x", "/d/y", "/d/y/z"];
    private static readonly string[] Globs = ["/**", "/**", "/d/*", "/a"];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private long _watched = 1;
    private int _values;

    /// <summary>All files that any client writes.</summary>
    public static IReadOnlyList<string> Files => Paths;

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
        Guid? request = operation.IsWrite ? NewRequestId() : (Guid?)null;
        bool mayBeDone = false;
        operation = operation with { Start = recorder.Now };
        for (int attempt = 0; attempt < attempts && !cancellation.IsCancellationRequested; attempt++)
        {
            int node = only ?? _random.Next(cluster.Count);
            Answer answer = await connection.Send(
                MethodOf(operation), AddressOf(node, operation), BodyOf(operation), request, DrawPatience(), cancellation);
            recorder.Count(answer);
            if (Learn(operation, answer) is { } learned)
            {
                recorder.Add(learned = learned with { End = recorder.Now });
                return learned;
            }

            mayBeDone |= answer.Verdict == Verdict.Unknown;
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1, 60)), TimeProvider.System, CancellationToken.None);
        }

        Operation lost = operation.IsWrite && mayBeDone
            ? operation with { Outcome = OperationOutcome.Unknown }
            : operation with { Outcome = OperationOutcome.Failed, End = recorder.Now };
        recorder.Add(lost);
        return lost;
    }

    public Operation Create(OperationKind kind, string path) =>
        new() { Client = name, Kind = kind, Path = path, Start = 0, Outcome = OperationOutcome.Unknown };

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

    private static HttpMethod MethodOf(Operation operation) => operation.Kind switch
    {
        OperationKind.Set => HttpMethod.Put,
        OperationKind.Del => HttpMethod.Delete,
        OperationKind.Nop => HttpMethod.Post,
        _ => HttpMethod.Get,
    };

    private static byte[]? BodyOf(Operation operation) =>
        operation.Kind == OperationKind.Set ? Encoding.UTF8.GetBytes(operation.Value!) : null;

    private Uri AddressOf(int node, Operation operation)
    {
        string target = operation.Kind switch
        {
            OperationKind.Nop => "nop",
            OperationKind.Get => $"tree{operation.Path}",
            OperationKind.Local => $"tree{operation.Path}?local=true",
            OperationKind.Wait => $"wait?glob={Uri.EscapeDataString(operation.Path)}&rev={operation.Condition}"
                + $"&limit={_random.Next(1, 1001)}&timeout=0.3",
            _ => $"tree{operation.Path}?rev={operation.Condition}",
        };
        return new Uri(cluster.Address(node), $"v1/main/{target}");
    }

    /// <summary>What the operation came to; null if this answer does not say.</summary>
    private Operation? Learn(Operation operation, Answer answer)
    {
        switch (answer.Verdict)
        {
            case Verdict.Done when operation.Kind == OperationKind.Wait:
                Operation waited = Events.Learn(operation, answer.Response!.Body);
                _watched = operation.Path == "/**" ? waited.Revision : _watched;
                return waited;
            case Verdict.Done when operation.IsWrite:
                return Seen(
                    operation with { Outcome = OperationOutcome.Ok, Revision = answer.Response!.Revision },
                    answer.Response.Revision);
            case Verdict.Done:
                HttpAnswer found = answer.Response!;
                return Seen(
                    operation with
                    {
                        Outcome = OperationOutcome.Ok,
                        Revision = found.TreeRevision ?? 0,
                        File = found.Revision,
                        Value = Encoding.UTF8.GetString(found.Body),
                    },
                    found.Revision);
            case Verdict.Refused when answer.Response is { TreeRevision: { } revision }:
                return Seen(operation with { Outcome = OperationOutcome.Ok, Revision = revision }, 0);
            case Verdict.Refused:
                return Seen(operation with { Outcome = OperationOutcome.Failed, Revision = answer.Current }, answer.Current);
            default:
                return null;
        }
    }

    private Operation Seen(Operation operation, long revision)
    {
        _seen[operation.Path] = revision;
        return operation;
    }
}
