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
    private readonly SimulationClient[] _clients;
    private readonly SimulationHolder[] _holders;
    private readonly SimulationPairs[] _pairs;
    private readonly Crowd _crowd;

    private RandomRun(int seed, Mutation mutation, Action<string>? teller)
    {
        Rules rules = mutation == Mutation.None ? Rules.Paxos : new MutatedRules(mutation);
        var shape = RunShape.Draw(seed, rules);
        _cluster = new SimulationCluster(seed, shape, mutation, teller);
        _weather = new Weather(_cluster, shape.Theme, _cluster.Random);
        _crowd = new Crowd(_cluster);
        _cluster.Changes = shape.ChangesMembers ? new MemberChanges(_cluster, new Random(seed)) : null;
        _faults = new RandomFaults(_cluster, shape.Theme, _weather, _crowd, _cluster.Random);
        _clients = [.. Enumerable.Range(1, shape.Clients).Select(i => new SimulationClient(
            $"c{i}", _cluster, _cluster.Namespaces[i % _cluster.Namespaces.Count], shape.ThinkMicroseconds))];

        // All in one namespace, for the same lock.
        _holders =
            [.. Enumerable.Range(1, shape.Holders).Select(i => new SimulationHolder($"h{i}", _cluster, _cluster.Namespaces[0]))];
        _pairs =
            [.. Enumerable.Range(1, shape.Pairs).Select(i => new SimulationPairs($"p{i}", _cluster, _cluster.Namespaces[0]))];
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
    public static string? Replay(
        int seed, Mutation mutation, Action<string> teller, out RunSummary summary, out IReadOnlyList<Operation> history)
    {
        var run = new RandomRun(seed, mutation, teller);
        history = run._cluster.AllChecks.First().History;
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

        return new SimulationFailureException(
            $"Seed {seed} failed and then did not: the simulation is not deterministic. {first}", first);
    }

    private RunSummary Run()
    {
        long end = RoughMilliseconds * SimulationClock.Millisecond;
        _weather.Change(end);
        _faults.Begin(end);
        _faults.BeginChurn(end);
        _faults.BeginResets(end);
        foreach (SimulationClient client in _clients)
            client.Begin();
        foreach (SimulationHolder holder in _holders)
            holder.Begin();
        foreach (SimulationPairs pairs in _pairs)
            pairs.Begin();
        _cluster.Changes?.Begin(end);
        _cluster.Run(RoughMilliseconds);
        _faults.End();
        _cluster.Changes?.End();
        Recover();
        CheckHistory();
        return Summarize();
    }

    private RunSummary Summarize() => new(
        _cluster.Clock.Steps,
        _faults.Count,
        (int)_cluster.AllChecks.Sum(checks => checks.Safety.Newest.Epoch),
        _cluster.Nodes.Sum(node => node.Elections),
        _cluster.Nodes.Sum(node => node.WentQuiet),
        _cluster.AllChecks.Sum(checks => checks.Snapshots),
        _cluster.AllChecks.Sum(checks => checks.Trees.Installed),
        _cluster.AllChecks.Sum(checks => checks.Safety.Chosen),
        _cluster.AllChecks.Sum(checks => checks.Safety.Acknowledged),
        _cluster.AllChecks.Sum(
            checks => checks.History.Count(operation => operation is { Kind: OperationKind.Get, Outcome: OperationOutcome.Ok })),
        _cluster.AllChecks.Sum(checks => checks.History.Count),
        _cluster.Story.Digest);

    /// <summary>
    /// Within a few election timeouts there must be one leader that serves, and everybody must know all that is chosen.
    /// </summary>
    private void Recover()
    {
        int bound = 20 * _cluster.ElectionTimeout;
        foreach (string @namespace in _cluster.Namespaces)
        {
            Require(
                _cluster.RunUntil(
                    () => _cluster.LeaderOf(@namespace)?.Process?.Find(@namespace) is { Driver.Protocol.HasQuorum: true }, bound),
                $"{bound} ms after the last fault {@namespace} has no leader");
            Serve(@namespace, bound);
        }

        // While much is written a learner may need snapshot after snapshot, since next to no log is kept here for it.
        bool MembersChange() => _cluster.Changes is not { } changes
            || _cluster.RunUntil(() => changes.IsDone, 2 * (bound + _cluster.PullMilliseconds));
        bool areChanged = MembersChange();
        foreach (SimulationClient client in _clients)
            client.Stop();
        foreach (SimulationHolder holder in _holders)
            holder.Stop();
        foreach (SimulationPairs pairs in _pairs)
            pairs.Stop();
        Require(
            areChanged || MembersChange(),
            $"long after the last fault the members are not those that were wished for: {_cluster.Changes?.Describe()}");
        _cluster.RunUntil(() => Array.TrueForAll(_clients, client => client.IsIdle), 2 * bound);
        foreach (SimulationClient client in _clients)
            client.GiveUp();
        _crowd.GiveUp();
        bound += _cluster.PullMilliseconds;

        // A new leader may have given the last session its whole ttl again.
        Require(
            _cluster.RunUntil(_cluster.AllSessionsAreOver, (2 * SimulationHolder.LongestTtl) + bound),
            $"long after their clients are gone there are sessions");
        Require(
            _cluster.RunUntil(_cluster.Converged, bound), $"{bound} ms after the last write not all have learned what is chosen");
        foreach (SimulationNode node in _cluster.Nodes)
        {
            foreach (SimulationReplica replica in node.Process!.Replicas)
                _cluster.Checks(replica.Driver.Namespace).Trees.Compare(node.Name, replica.Driver.Tree);
        }
    }

    private void Serve(string @namespace, int bound)
    {
        SafetyChecker safety = _cluster.Checks(@namespace).Safety;
        int acknowledged = safety.Acknowledged;
        int reads = _cluster.ReadsConfirmed;
        for (int left = bound; left > 0 && (safety.Acknowledged == acknowledged || _cluster.ReadsConfirmed == reads); left -= 50)
        {
            // A hand-over may still be under way, so a single attempt may find its leader gone.
            if (_cluster.LeaderOf(@namespace) is { } leader)
            {
                _cluster.Read(leader, @namespace);
                _crowd.Write(leader.Process!.Find(@namespace)!, 1);
            }

            _cluster.Run(50);
        }

        Require(
            safety.Acknowledged > acknowledged && _cluster.ReadsConfirmed > reads,
            $"{bound} ms after a leader was there {@namespace} serves no reads and writes");
    }

    /// <summary>With the log itself as one more witness, that saw every revision.</summary>
    private void CheckHistory()
    {
        foreach (NamespaceChecks checks in _cluster.AllChecks)
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
                Revision = checks.Trees.Events.Count + 1,
                Events = [.. checks.Trees.Events.Select(HistoryEvent.From)],
            };
            if (HistoryChecker.FindViolation([.. checks.History, .. CheckedElsewhere(checks), witness]) is { } violation)
                throw new SimulationFailureException($"{checks.Namespace}: {violation}");
        }
    }

    /// <summary>
    /// The revisions of sessions, of what they hold and of pairs, which have checks of their own: as writes that may have been
    /// made at any time.
    /// </summary>
    private IEnumerable<Operation> CheckedElsewhere(NamespaceChecks checks) => checks.Trees.Events
        .Where(found => found.Path.Split('/')[1] is "ctl" or "held" or "pair")
        .Select(HistoryEvent.From)
        .Select(found => new Operation
        {
            Client = "log",
            Kind = found.Kind,
            Path = found.Path,
            Value = found.Value,
            Start = 0,
            End = _cluster.Clock.Now,
            Outcome = OperationOutcome.Ok,
            Revision = found.Revision,
        });
}
