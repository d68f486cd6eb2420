using System.Diagnostics;
using Doozer.Benchmarks.Loads;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Reports;
using Doozer.Benchmarks.Stores;
using Doozer.Benchmarks.Systems;

namespace Doozer.Benchmarks;

/// <summary>What is done with a cluster, in order.</summary>
internal sealed class BenchmarkPlan(BenchmarkOptions options, Action<string> tell)
{
    private const int ClientsOfWarmUp = 64;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private static readonly Operation[] Loops =
        [Operation.Write, Operation.Read, Operation.LocalRead, Operation.Mixed, Operation.Lock, Operation.OwnLock];

    /// <summary>Whether a round has anything to do.</summary>
    public bool HasRounds => options.Operations.Any(operation => operation != Operation.Restart);

    public bool HasRestart => options.Operations.Contains(Operation.Restart);

    /// <summary>A round on a new cluster.</summary>
    public IEnumerable<Step> Round(Cluster cluster, int round)
    {
        yield return new Step(
            new Measurement(cluster.System.Name, Operation.Restart, round) { Variant = "start, new", Files = 0 },
            async (what, stop) =>
            {
                Measurement started = await Start(what, cluster, expected: null, stop);
                await WarmUp(cluster, stop);
                return started;
            })
        { IsVital = true };
        if (options.Operations.Contains(Operation.Idle))
        {
            yield return new Step(
                new Measurement(cluster.System.Name, Operation.Idle, round), (what, stop) => Idle(what, cluster, stop));
        }

        foreach (string transport in cluster.System.Transports)
        {
            foreach (Step step in Load(cluster, transport, round))
                yield return step;
        }

        yield return Stop(cluster, round);
    }

    /// <summary>Many files, and what starting with them takes.</summary>
    public IEnumerable<Step> Restart(Cluster cluster, string folder)
    {
        var files = new ManyFiles(folder, options.Files);
        var what = new Measurement(cluster.System.Name, Operation.Restart, Round: 1);
        yield return new Step(what with { Variant = "load" }, async (load, stop) =>
        {
            await cluster.Start(expected: null, stop);
            Measurement loaded = await files.Load(load, cluster, options.LoadTime, tell, stop);
            return await Size(loaded, cluster, stop);
        })
        { IsVital = true };
        yield return new Step(what with { Variant = "start after SIGTERM" }, async (start, stop) =>
        {
            await cluster.Stop(stop);
            return await Start(start with { Files = files.Loaded }, cluster, files.Last, stop);
        })
        { IsVital = true };
        yield return new Step(what with { Variant = "start after SIGKILL" }, async (start, stop) =>
        {
            await cluster.Kill();
            return await Start(start with { Files = files.Loaded }, cluster, files.Last, stop);
        })
        { IsVital = true };
        yield return Stop(cluster, round: 1);
    }

    private IEnumerable<Step> Load(Cluster cluster, string transport, int round)
    {
        foreach (int clients in options.Clients)
        {
            foreach (Operation operation in Loops.Intersect(options.Operations))
            {
                if (operation is Operation.Lock or Operation.OwnLock && !cluster.System.HasLocks(transport))
                    continue;
                yield return new Step(
                    new Measurement(transport, operation, round) { Clients = clients },
                    (what, stop) => Loop(what, cluster, options.Time, stop));
            }
        }

        if (options.Operations.Contains(Operation.Watch))
        {
            foreach (int watchers in options.Watchers)
            {
                yield return new Step(
                    new Measurement(transport, Operation.Watch, round) { Clients = watchers },
                    (what, stop) => FanOut.Run(what, cluster, options.Time, options.Rate, stop));
            }
        }

        if (!options.Operations.Contains(Operation.Failover))
            yield break;
        foreach (string fault in (string[])[Failover.Kill, Failover.Pause])
        {
            yield return new Step(
                new Measurement(transport, Operation.Failover, round) { Variant = fault },
                (what, stop) => Failover.Run(what, cluster, stop))
            { IsVital = true };
        }
    }

    private static Step Stop(Cluster cluster, int round) => new(
        new Measurement(cluster.System.Name, Operation.Restart, round) { Variant = "stop" },
        async (what, stop) =>
        {
            long began = Stopwatch.GetTimestamp();
            await cluster.Stop(stop);
            return what with { Seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 2) };
        });

    private static async Task<Measurement> Start(
        Measurement what, Cluster cluster, string? expected, CancellationToken cancellation)
    {
        StartCost cost = await cluster.Start(expected, cancellation);
        Measurement started = what with
        {
            Seconds = Math.Round(cost.Time.TotalSeconds, 2),
            ServerCpuSeconds = Math.Round(cost.CpuSeconds, 2),
        };
        return await Size(started, cluster, cancellation);
    }

    private static async Task<Measurement> Size(Measurement what, Cluster cluster, CancellationToken cancellation)
    {
        await Task.Delay(Rest, TimeProvider.System, cancellation);
        return what with { ResidentMiB = cluster.ResidentMiB, DiskMiB = await cluster.DiskMiB(cancellation) };
    }

    private static async Task<Measurement> Loop(
        Measurement what, Cluster cluster, TimeSpan time, CancellationToken cancellation)
    {
        int clients = what.Clients!.Value;
        await using IStore store = await cluster.Connect(what.System, clients, cancellation);
        return await new ClosedLoop(store, what.Operation, clients).Run(what, cluster.Processes, time, cancellation);
    }

    /// <summary>Programs in .NET and Java compile under load, and for a while after it.</summary>
    private async Task WarmUp(Cluster cluster, CancellationToken cancellation)
    {
        await using (IStore store = await cluster.Connect(cluster.System.Probe, ClientsOfWarmUp, cancellation))
            await ClosedLoop.Prepare(store, ClientsOfWarmUp, cancellation);
        foreach (string transport in cluster.System.Transports)
        {
            foreach (Operation operation in (Operation[])[Operation.Write, Operation.Read])
            {
                var what = new Measurement(transport, operation, Round: 0) { Clients = ClientsOfWarmUp };
                await Loop(what, cluster, options.WarmUp, cancellation);
            }
        }

        await Task.Delay(options.WarmUp, TimeProvider.System, cancellation);
    }

    private async Task<Measurement> Idle(Measurement what, Cluster cluster, CancellationToken cancellation)
    {
        var cpu = new CpuMeter(cluster.Processes);
        long began = Stopwatch.GetTimestamp();
        await Task.Delay(options.Time, TimeProvider.System, cancellation);
        CpuUse use = cpu.Read();
        return what with
        {
            Seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 3),
            ServerCpuSeconds = Math.Round(use.NodeSeconds, 2),
            OtherCpuShare = Math.Round(use.OtherShare, 3),
            ResidentMiB = cluster.ResidentMiB,
        };
    }
}
