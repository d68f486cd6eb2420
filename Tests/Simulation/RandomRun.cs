using Doozer.Paxos;

namespace Doozer.Tests.Simulation;

/// <summary>What a run did, so that a test can see that it was not empty.</summary>
internal readonly record struct RunSummary(long Chosen, int Batches, int Acknowledged, int Reads);

/// <summary>One seed's whole story: a cluster of some shape, clients, faults, and then peace, in which it must recover.</summary>
internal sealed class RandomRun
{
    private const int FaultyMilliseconds = 4000;

    private readonly SimulationCluster _cluster;
    private readonly RandomFaults _faults;
    private readonly Random _random;
    private readonly int _faultEvery;
    private readonly bool _churns;

    private RandomRun(int seed, bool tracing)
    {
        var shape = new Random(seed);
        var quorums = ShapeOf(shape);
        var options = new ReplicaOptions
        {
            HeartbeatTicks = 1,
            ElectionTicks = 3 + shape.Next(7),
            Alpha = 1 + shape.Next(8),
            OpenSlots = 1,
            LearnChunkBytes = shape.Next(4) == 0 ? 200 : 4096,
            MaxBatchBytes = 120,
            FullBatchBytes = 60,
            MaxWaitingBytes = 2000,
            MaxUndurableBytes = shape.Next(3) == 0 ? 1 + shape.Next(400) : 16 << 20,
        };
        options = options with { OpenSlots = 1 + shape.Next(Math.Min(3, options.Alpha)) };
        _cluster = new SimulationCluster(seed, quorums, options, tracing);
        _random = _cluster.Random;
        _faults = new RandomFaults(_cluster);
        _faultEvery = 15 + shape.Next(shape.Next(2) == 0 ? 50 : 400);
        _churns = shape.Next(4) == 0;
        _cluster.Network.Loss = shape.Next(4) * 0.1;
        _cluster.Network.Duplication = shape.Next(3) * 0.05;
        _cluster.Network.Stragglers = shape.Next(3) * 0.01;
        _cluster.Network.MaxDelay = 1 + shape.Next(12);
    }

    /// <exception cref="SimulationFailureException">A rule was broken; the message has the seed and the last events.</exception>
    public static RunSummary Execute(int seed)
    {
        try
        {
            return new RandomRun(seed, tracing: false).Run();
        }
        catch (Exception first)
        {
            throw Explain(seed, first);
        }
    }

    /// <summary>Replays the seed to tell what led to the failure.</summary>
    private static SimulationFailureException Explain(int seed, Exception first)
    {
        var replay = new RandomRun(seed, tracing: true);
        try
        {
            replay.Run();
        }
        catch (Exception again)
        {
            return new SimulationFailureException(
                $"Seed {seed}: {again.Message} ({replay._cluster.Quorums}; {replay._cluster.Describe()})\n"
                + $"Last events:\n{replay._cluster.DescribeTrace()}",
                again);
        }

        return new SimulationFailureException($"Seed {seed} failed and then did not: the simulation is not deterministic.", first);
    }

    private static QuorumSystem ShapeOf(Random shape)
    {
        var count = shape.Next(10) switch
        {
            0 => 1,
            1 => 2,
            2 or 3 => 5,
            4 => 4,
            _ => 3,
        };
        var names = Enumerable.Range(1, count).Select(i => $"n{i}");
        return shape.Next(4) == 0 ? new QuorumSystem(names, phase2: 1 + shape.Next(count)) : new QuorumSystem(names);
    }

    private RunSummary Run()
    {
        var nextFault = _faultEvery;
        for (var time = 0; time < FaultyMilliseconds; time++)
        {
            _cluster.Run(1);
            Serve();
            if (_churns)
                _faults.Churn();
            if (time >= nextFault)
            {
                nextFault += 1 + _random.Next(2 * _faultEvery);
                _faults.Strike();
            }
        }

        _faults.End();
        Recover();
        return new RunSummary(_cluster.Checker.Chosen, _cluster.Checker.Batches, _cluster.Checker.Acknowledged, _cluster.Checker.Reads);
    }

    /// <summary>Clients: they know no leader and try anywhere, sometimes a crowd at once.</summary>
    private void Serve()
    {
        if (_random.Next(4) != 0)
            return;
        var node = _cluster.Nodes[_random.Next(_cluster.Nodes.Count)];
        for (var i = _random.Next(10) == 0 ? 20 : 1; i > 0; i--)
        {
            if (_random.Next(3) == 0)
                node.Read();
            else
                _cluster.Write(node);
        }

        node.Drain();
    }

    /// <summary>Within a few election timeouts there must be one leader that serves, and everybody must know all that is chosen.</summary>
    private void Recover()
    {
        var bound = 20 * _cluster.ElectionTimeout;
        var acknowledged = _cluster.Checker.Acknowledged;
        var reads = _cluster.Checker.Reads;
        if (!_cluster.RunUntil(() => _cluster.Leader is not null && Converged(), bound))
            throw new SimulationFailureException($"{bound} ms after the last fault there is no leader, or not all have learned");
        for (var left = bound; left > 0 && (_cluster.Checker.Acknowledged == acknowledged || _cluster.Checker.Reads == reads); left -= 50)
        {
            // A hand-over may still be under way, so a single attempt may find its leader gone.
            if (_cluster.Leader is { } leader)
            {
                _cluster.Write(leader);
                _cluster.Read(leader);
            }

            _cluster.Run(50);
        }

        if (_cluster.Checker.Acknowledged == acknowledged || _cluster.Checker.Reads == reads || !_cluster.RunUntil(Converged, bound))
            throw new SimulationFailureException($"{bound} ms after the last fault the leader does not serve");
    }

    private bool Converged() => _cluster.Nodes.All(node => node.Applied == _cluster.Checker.Chosen);
}
