using System.Text;
using Doozer.Replicas;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// A client: one operation after another, each tried at one node and then at others, a write always with the same request id.
/// What it asked for and learned goes into the history.
/// </summary>
internal sealed class SimulationClient
{
    private const int MaxAttempts = 6;

    private static readonly string[] Paths = ["/a", "/b", "/c", "/d", "/d/x", "/d/y"];
    private static readonly string[] Globs = ["/**", "/**", "/d/*", "/a"];

    private readonly string _name;
    private readonly SimulationCluster _cluster;
    private readonly NamespaceChecks _checks;
    private readonly int _thinkMicroseconds;
    private readonly SimulationCaller _caller;
    private readonly TurnScheduler _turns;
    private readonly Random _random;
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);
    private Operation? _current;
    private Guid _requestId;
    private long _floor;
    private long _known;
    private long _watched = 1;
    private int _values;
    private bool _stops;

    public SimulationClient(string name, SimulationCluster cluster, string @namespace, int thinkMicroseconds)
    {
        _name = name;
        _cluster = cluster;
        _checks = cluster.Checks(@namespace);
        _thinkMicroseconds = thinkMicroseconds;
        _random = cluster.Random;
        _caller = new SimulationCaller(cluster, _checks, name);
        _turns = new TurnScheduler(cluster.Clock.Schedule, static () => 0);
    }

    public bool IsIdle => _current is null;

    public void Begin() => _ = _turns.Run(Run);

    /// <summary>No operation follows the one under way.</summary>
    public void Stop() => _stops = true;

    /// <summary>Gives up what is under way, at the end of the run.</summary>
    public void GiveUp()
    {
        if (_current is { } operation)
            _checks.History.Add(operation with { Outcome = OperationOutcome.Unknown });
        _current = null;
    }

    private async Task Run()
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromMicroseconds(_random.Next(_thinkMicroseconds + 1)), _cluster.Clock.Time);
            if (_stops)
                return;
            _current = Draw();
            _requestId = _cluster.NewRequestId();
            _floor = _known;
            Operation done = await Perform(_current);
            if (_current is null)
                return;
            _current = null;
            _checks.History.Add(done);
            if (_cluster.Story.IsTold)
                _cluster.Story.Tell($"{done}");
            if (done.Outcome == OperationOutcome.Ok)
                _cluster.Story.Mark(done.Revision);
        }
    }

    /// <summary>Tries until one attempt says what became of it; any will do, for it is one request.</summary>
    private async Task<Operation> Perform(Operation operation)
    {
        var settled = new TaskCompletionSource<Operation>();
        var open = new HashSet<int>();
        bool mayBeDone = false;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var ended = new TaskCompletionSource();
            open.Add(attempt);
            _ = Attempt(attempt, ended);
            await Waiting.AnyCompletesWithin(
                TimeSpan.FromMilliseconds(_random.Next(50, 800)), _cluster.Clock.Time, [settled.Task, ended.Task]);
            if (settled.Task.IsCompleted)
                return await settled.Task;
            if (ended.Task.IsCompleted)
                await settled.Task.CompletesWithin(TimeSpan.FromMilliseconds(_random.Next(1, 50)), _cluster.Clock.Time);
            if (settled.Task.IsCompleted)
                return await settled.Task;
        }

        // Not done, and never will be, if every attempt has said so.
        return operation.IsWrite && !mayBeDone && open.Count == 0
            ? operation with { Outcome = OperationOutcome.Failed, End = _cluster.Clock.Now }
            : operation;

        async Task Attempt(int number, TaskCompletionSource ended)
        {
            try
            {
                settled.TrySetResult(await Ask(operation));
            }
            catch (OutcomeUnknownException)
            {
                mayBeDone = true;
            }
            catch (RequestTooOldException late)
            {
                // This attempt did nothing; the next request knows where the tree is.
                _known = Math.Max(_known, late.Current);
            }
            catch (DoozerException)
            {
                // Nothing was done; another node may know better.
            }

            open.Remove(number);
            ended.TrySetResult();
        }
    }

    private async Task<Operation> Ask(Operation operation)
    {
        SimulationNode node = _cluster.Nodes[_random.Next(_cluster.Nodes.Count)];
        try
        {
            return operation.Kind switch
            {
                OperationKind.Get =>
                    Read(
                        operation,
                        await _caller.Call(node, server => server.Get(operation.Path, Revisions.Latest, ReadMode.Linearizable))),
                OperationKind.Local =>
                    Read(
                        operation,
                        await _caller.Call(node, server => server.Get(operation.Path, AnyRevision(node), ReadMode.Local))),
                OperationKind.Wait => Waited(operation, await Wait(node, operation)),
                _ => Written(operation, await Write(node, operation)),
            };
        }
        catch (TooLateException late)
        {
            _watched = Math.Max(_watched, late.Oldest);
            return operation with { Outcome = OperationOutcome.Failed, End = _cluster.Clock.Now };
        }
        catch (RevisionMismatchException mismatch)
        {
            _seen[operation.Path] = mismatch.Current;
            return operation with { Outcome = OperationOutcome.Failed, Revision = mismatch.Current, End = _cluster.Clock.Now };
        }
        catch (Exception refusal) when (refusal is NotFoundException or IsDirectoryException
            or NotDirectoryException or StoreFullException)
        {
            return operation with
            {
                Outcome = OperationOutcome.Failed,
                Absent = refusal is NotFoundException,
                End = _cluster.Clock.Now,
            };
        }
    }

    private Task<long> Write(SimulationNode node, Operation operation)
    {
        // It may come when the operation is long over, and must do no harm then.
        (Guid id, long floor) = (_requestId, _floor);
        byte[] body = Encoding.UTF8.GetBytes(operation.Value ?? "");
        return _caller.Call(node, server => operation.Kind switch
        {
            OperationKind.Set => server.Set(operation.Path, body, operation.Condition, id, floor),
            OperationKind.Del => server.Del(operation.Path, operation.Condition, id, floor),
            _ => server.Nop(id, floor),
        });
    }

    private Task<WaitResult> Wait(SimulationNode node, Operation operation)
    {
        int max = _random.Next(1, 30);
        var timeout = TimeSpan.FromMicroseconds(_random.Next(400_000));
        ReadMode mode = _random.Next(2) == 0 ? ReadMode.Linearizable : ReadMode.Local;
        return _caller.Call(node, server => server.Wait(operation.Path, operation.Condition, max, timeout, mode));
    }

    private Operation Written(Operation operation, long revision)
    {
        _seen[operation.Path] = revision;
        _known = Math.Max(_known, revision);
        return operation with { Outcome = OperationOutcome.Ok, Revision = revision, End = _cluster.Clock.Now };
    }

    private Operation Read(Operation operation, FileContent found)
    {
        if (_checks.Trees.EndOf(found.TreeRevision) != found.TreeRevision)
            Fail($"{_name} read the tree of revision {found.TreeRevision}, within a transaction");
        _seen[operation.Path] = found.Revision;
        _known = Math.Max(_known, found.TreeRevision);
        return operation with
        {
            Outcome = OperationOutcome.Ok,
            Revision = found.TreeRevision,
            File = found.Revision,
            Value = found.Exists ? Encoding.UTF8.GetString(found.Body) : null,
            End = _cluster.Clock.Now,
        };
    }

    private Operation Waited(Operation operation, WaitResult result)
    {
        foreach (FileEvent found in result.Events)
        {
            if (_checks.Trees.EndOf(found.Revision) != found.End)
                Fail($"{_name} was told that the transaction of revision {found.Revision} ends at {found.End}");
        }

        _known = Math.Max(_known, result.Next - 1);

        // Each glob has its own sequence; one that sees everything leads on.
        if (operation.Path == "/**" || result.Next - _watched > 100)
            _watched = result.Next;
        return operation with
        {
            Outcome = OperationOutcome.Ok,
            Revision = result.Next,
            Events = [.. result.Events.Select(HistoryEvent.From)],
            End = _cluster.Clock.Now,
        };
    }

    private void Fail(string what) => _cluster.Clock.Fail(new SimulationFailureException(what));

    private long AnyRevision(SimulationNode node)
    {
        if (_random.Next(3) != 0 || node.Process?.Find(_checks.Namespace)?.Driver.Tree is not { } tree)
            return Revisions.Latest;
        return _random.NextInt64(tree.OldestRevision, tree.Revision + 1);
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
            Client = _name,
            Kind = kind,
            Path = path,
            Start = _cluster.Clock.Now,
            Outcome = OperationOutcome.Unknown,
        };
        return kind switch
        {
            OperationKind.Set => operation with { Value = $"{_name}.{++_values}", Condition = DrawCondition(path) },
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
}
