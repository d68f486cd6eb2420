using Doozer.Paxos;
using static Doozer.Simulation.SimulationFailureException;

namespace Doozer.Simulation;

/// <summary>One seed's whole story: a cluster of some shape, clients, faults, and then peace, in which it must recover.</summary>
internal sealed class RandomRun
{
    private const long RoughMilliseconds = 8500;

    private readonly SimulationCluster _cluster;
    private readonly RandomFaults _faults;
    private readonly Weather _weather;
    private readonly List<Operation> _history = [];
    private readonly SimulationClient[] _clients;
    private readonly Crowd _crowd;

    private RandomRun(int seed, Mutation mutation, Action<string>? teller)
    {
        var shape = new RunShape(seed);
        ReplicaOptions options = mutation == Mutation.None ? shape.Options : shape.Options with { Rules = new MutatedRules(mutation) };
        _cluster = new SimulationCluster(seed, shape.Quorums, options, shape.TreeOptions, mutation, teller)
        {
            PumpDelay = shape.PumpDelay,
            SnapshotSlots = shape.SnapshotSlots,
            SnapshotChunkBytes = shape.SnapshotChunkBytes,
        };
        _weather = new Weather(_cluster, _cluster.Random);
        _crowd = new Crowd(_cluster, _history);
        _faults = new RandomFaults(_cluster, _weather, _crowd, _cluster.Random);
        _clients = [.. Enumerable.Range(1, shape.Clients).Select(i => new SimulationClient($"c{i}", _cluster, _history, shape.ThinkMicroseconds))];
    }

    /// <exception cref="SimulationFailureException">A rule was broken; the message has the seed and the last events.</exception>
    public static RunSummary Execute(int seed, Mutation mutation = Mutation.None)
    {
        try
        {
            return new RandomRun(seed, mutation, null).Run();
        }
        catch (Exception first)
        {
            throw Explain(seed, mutation, first);
        }
    }

    /// <summary>Runs a seed and tells everything.</summary>
    /// <returns>The broken rule, or null when none was.</returns>
    public static string? Replay(int seed, Mutation mutation, Action<string> teller, out RunSummary summary, out IReadOnlyList<Operation> history)
    {
        var run = new RandomRun(seed, mutation, teller);
        history = run._history;
        try
        {
            summary = run.Run();
            return null;
        }
        catch (Exception exception) when (exception is SimulationFailureException or SafetyViolationException)
        {
            summary = run.Summarize();
            return exception.Message;
        }
    }

    /// <summary>Replays the seed to tell what led to the failure.</summary>
    private static SimulationFailureException Explain(int seed, Mutation mutation, Exception first)
    {
        var replay = new RandomRun(seed, mutation, static _ => { });
        try
        {
            replay.Run();
        }
        catch (Exception again)
        {
            string message = again is SimulationFailureException or SafetyViolationException ? again.Message : again.ToString();
            return new SimulationFailureException(
                $"Seed {seed}: {message}\n({replay._cluster.Quorums}; {replay._cluster.Describe()})\n"
                + $"The last events (milliseconds, what):\n{replay._cluster.Story.Last}",
                again);
        }

        return new SimulationFailureException($"Seed {seed} failed and then did not: the simulation is not deterministic. {first}", first);
    }

    private RunSummary Run()
    {
        long end = RoughMilliseconds * SimulationClock.Millisecond;
        _weather.Change(end);
        _faults.Begin(end);
        _faults.BeginChurn(end);
        foreach (SimulationClient client in _clients)
            client.Begin();
        _cluster.Run(RoughMilliseconds);
        _faults.End();
        Recover();
        CheckHistory();
        return Summarize();
    }

    private RunSummary Summarize() => new(
        _cluster.Clock.Steps,
        _faults.Count,
        _cluster.Nodes.Sum(node => node.Elections),
        _cluster.Nodes.Sum(node => node.Snapshots),
        _cluster.Nodes.Sum(node => node.Installed),
        _cluster.Safety.Chosen,
        _cluster.Safety.Acknowledged,
        _history.Count(operation => operation is { Kind: OperationKind.Get, Outcome: OperationOutcome.Ok }),
        _history.Count,
        _cluster.Story.Digest);

    /// <summary>Within a few election timeouts there must be one leader that serves, and everybody must know all that is chosen.</summary>
    private void Recover()
    {
        int bound = 20 * _cluster.ElectionTimeout;
        Require(
            _cluster.RunUntil(() => _cluster.Leader is { Replica.HasQuorum: true }, bound), $"{bound} ms after the last fault there is no leader");
        int acknowledged = _cluster.Safety.Acknowledged;
        int reads = _cluster.ReadsConfirmed;
        for (int left = bound; left > 0 && (_cluster.Safety.Acknowledged == acknowledged || _cluster.ReadsConfirmed == reads); left -= 50)
        {
            // A hand-over may still be under way, so a single attempt may find its leader gone.
            if (_cluster.Leader is { } leader)
                _cluster.Read(leader);
            _cluster.Run(50);
        }

        Require(
            _cluster.Safety.Acknowledged > acknowledged && _cluster.ReadsConfirmed > reads,
            $"{bound} ms after a leader was there it serves no reads and writes");
        foreach (SimulationClient client in _clients)
            client.Stop();
        _cluster.RunUntil(() => Array.TrueForAll(_clients, client => client.IsIdle), bound);
        foreach (SimulationClient client in _clients)
            client.GiveUp();
        _crowd.GiveUp();
        Require(_cluster.RunUntil(_cluster.Converged, bound), $"{bound} ms after the last write not all have learned what is chosen");
        foreach (SimulationNode node in _cluster.Nodes)
            _cluster.Trees.Compare(node.Name, node.Tree);
    }

    /// <summary>With the log itself as one more witness, that saw every revision.</summary>
    private void CheckHistory()
    {
        var witness = new Operation
        {
            Client = "log",
            Kind = OperationKind.Wait,
            Path = "/**",
            Condition = 1,
            Start = _cluster.Clock.Now,
            End = _cluster.Clock.Now,
            Outcome = OperationOutcome.Ok,
            Revision = _cluster.Trees.Events.Count + 1,
            Events = _cluster.Trees.Events,
        };
        if (HistoryChecker.FindViolation([.. _history, witness]) is { } violation)
            throw new SimulationFailureException(violation);
    }
}
