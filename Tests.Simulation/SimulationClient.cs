using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// A client: one operation after another, each tried at one node and then at others, a write always with the same request id. What
/// it asked for and learned goes into the history.
/// </summary>
internal sealed partial class SimulationClient(string name, SimulationCluster cluster, List<Operation> history, int thinkMicroseconds)
{
    private const int MaxAttempts = 6;

    private static readonly string[] Paths = ["/a", "/b", "/c", "/d", "/d/x", "/d/y"];
    private static readonly string[] Globs = ["/**", "/**", "/d/*", "/a"];

    private readonly Random _random = cluster.Random;
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private Operation? _current;
    private Guid _requestId;
    private int _attempt;
    private int _attempts;
    private bool _mayBeDone;
    private long _watched = 1;
    private int _values;
    private bool _stops;

    public bool IsIdle => _current is null;

    public void Begin() => cluster.Clock.Schedule(_random.Next(thinkMicroseconds + 1), Next);

    /// <summary>No operation follows the one under way.</summary>
    public void Stop() => _stops = true;

    /// <summary>Gives up what is under way, at the end of the run.</summary>
    public void GiveUp()
    {
        if (_current is { } operation)
            history.Add(operation with { Outcome = OperationOutcome.Unknown });
        _current = null;
    }

    private void Next()
    {
        if (_stops)
            return;
        _current = Draw();
        _requestId = cluster.NewRequestId();
        _attempts = 0;
        _mayBeDone = false;
        Attempt(AnyNode());
    }

    private Operation Draw()
    {
        string path = Paths[_random.Next(Paths.Length)];
        OperationKind kind = _random.Next(20) switch
        {
            < 8 => OperationKind.Set,
            < 10 => OperationKind.Del,
            10 => OperationKind.Nop,
            < 16 => OperationKind.Get,
            < 18 => OperationKind.Local,
            _ => OperationKind.Wait,
        };
        var operation = new Operation
        {
            Client = name,
            Kind = kind,
            Path = path,
            Start = cluster.Clock.Now,
            Outcome = OperationOutcome.Unknown,
        };
        return kind switch
        {
            OperationKind.Set => operation with { Value = $"{name}.{++_values}", Condition = DrawCondition(path) },
            OperationKind.Del => operation with { Condition = DrawCondition(path) },
            OperationKind.Nop => operation with { Path = TreePath.Root },
            OperationKind.Wait => operation with { Path = Globs[_random.Next(Globs.Length)], Condition = _watched },
            _ => operation,
        };
    }

    private long DrawCondition(string path) => _random.Next(4) switch
    {
        0 => 0,
        1 => _seen.GetValueOrDefault(path),
        _ => Command.Clobber,
    };

    private void Attempt(SimulationNode node)
    {
        int attempt = ++_attempt;
        _attempts++;
        Operation operation = _current!;
        if (operation.IsWrite)
        {
            // It may come when the operation is long over, and must do no harm then.
            Command command = CommandOf(operation);
            cluster.Network.Call(name, node.Name, () => node.Enter(() => AskToWrite(node, operation, command, attempt)));
        }
        else
        {
            cluster.Network.Call(name, node.Name, () => node.Enter(() =>
            {
                if (attempt != _attempt)
                    return;
                if (operation.Kind == OperationKind.Get)
                    AskToRead(node, attempt);
                else
                    AskLocally(node, attempt);
            }));
        }

        cluster.Clock.Schedule(_random.Next(50, 800) * SimulationClock.Millisecond, () => OnTimeout(attempt));
    }

    private void OnTimeout(int attempt)
    {
        if (attempt != _attempt || _current is null)
            return;
        _mayBeDone = true;
        TryElsewhere(null);
    }

    /// <summary>The node has not done it. It may know better who can.</summary>
    private void OnNotDone(int attempt, string? hint)
    {
        if (attempt != _attempt || _current is null)
            return;

        // Nothing that was sent earlier can answer any more.
        int next = ++_attempt;
        cluster.Clock.Schedule(_random.Next(1, 50) * SimulationClock.Millisecond, () =>
        {
            if (next == _attempt && _current is not null)
                TryElsewhere(hint);
        });
    }

    private void TryElsewhere(string? hint)
    {
        if (_attempts < MaxAttempts)
            Attempt(hint is not null && _random.Next(4) != 0 ? cluster[hint] : AnyNode());
        else if (_current!.IsWrite && !_mayBeDone)
            Finish(_current with { Outcome = OperationOutcome.Failed });
        else
            Finish(_current, isKnown: false);
    }

    private void Finish(Operation operation, bool isKnown = true)
    {
        _attempt++;
        _current = null;
        operation = isKnown ? operation with { End = cluster.Clock.Now } : operation;
        history.Add(operation);
        if (cluster.Story.IsTold)
            cluster.Story.Tell($"{operation}");
        if (isKnown && operation.Outcome == OperationOutcome.Ok)
            cluster.Story.Mark(operation.Revision);
        Begin();
    }

    private SimulationNode AnyNode() => cluster.Nodes[_random.Next(cluster.Nodes.Count)];
}
