using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using Doozer.Benchmarks.Loads;
using Doozer.Benchmarks.Machine;
using Doozer.Benchmarks.Stores;
using Doozer.Chaos.Nodes;

namespace Doozer.Benchmarks.Systems;

/// <summary>What a start of all nodes took.</summary>
/// <param name="Time">From the first process on until every node has answered a linearizable read.</param>
/// <param name="CpuSeconds">Processor time of all nodes until then.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StartCost(TimeSpan Time, double CpuSeconds);

/// <summary>The nodes of one system. Their data stay in the folder.</summary>
internal sealed class Cluster : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AttemptTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly string _folder;
    private readonly NodeProcess[] _nodes;

    /// <param name="system">Which one.</param>
    /// <param name="folder">For the nodes' data.</param>
    /// <param name="logs">For what they say.</param>
    public Cluster(ISystem system, string folder, string logs)
    {
        (System, _folder) = (system, folder);
        _nodes =
        [
            .. Enumerable.Range(0, ISystem.Nodes).Select(node => new NodeProcess(
                $"node {node + 1} of {system.Name}",
                system.Command(node, folder),
                Path.Combine(logs, $"{system.Name}-{node + 1}.log"),
                system.StopsAtEndOfInput)),
        ];
    }

    public ISystem System { get; }

    /// <summary>The ids of the processes that run.</summary>
    public IReadOnlyList<int> Processes => [.. _nodes.Select(node => node.Id).OfType<int>()];

    public bool AllRun => Processes.Count == ISystem.Nodes;

    public double ResidentMiB => Math.Round(Processes.Sum(ProcessFigures.ResidentBytes) / 1048576.0);

    /// <summary>Starts the nodes that do not run, and waits until all serve.</summary>
    /// <param name="expected">A file that must be there then; null for any answer.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="LoadException">They do not serve.</exception>
    public async Task<StartCost> Start(string? expected, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Processes.Count == 0)
            CheckPorts();
        for (int node = 0; node < ISystem.Nodes; node++)
            System.Prepare(node, _folder);
        long began = Stopwatch.GetTimestamp();
        foreach (NodeProcess node in _nodes)
            node.Start();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(StartTime);
        await Task.WhenAll(Enumerable.Range(0, ISystem.Nodes).Select(node => WaitUntilServes(node, expected, patience.Token)));
        return new StartCost(Stopwatch.GetElapsedTime(began), Processes.Sum(ProcessFigures.CpuSeconds));
    }

    /// <summary>Stops the nodes as a supervisor does.</summary>
    /// <exception cref="LoadException">One did not stop, and was killed.</exception>
    public async Task Stop(CancellationToken cancellation)
    {
        bool[] stopped = await Task.WhenAll(_nodes.Select(node => node.Terminate(cancellation)));
        if (stopped.Contains(false))
            throw new LoadException("a node did not stop on SIGTERM");
    }

    public Task Kill() => Task.WhenAll(_nodes.Select(node => node.Kill()));

    public NodeProcess Node(int node) => _nodes[node];

    /// <summary>The node that leads, when they agree on one.</summary>
    public async Task<int> Leader(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                if (await System.Leader(cancellation) is { } leader)
                    return leader;
            }
            catch (Exception exception) when (ISystem.IsNotThere(exception))
            {
                cancellation.ThrowIfCancellationRequested();
            }

            ThrowIfEnded();
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    /// <summary>Connects clients: a single one to the leader, more to all nodes.</summary>
    public async Task<IStore> Connect(string transport, int clients, CancellationToken cancellation)
    {
        int leader = await Leader(cancellation);
        IEnumerable<int> others = Enumerable.Range(0, ISystem.Nodes).Where(node => node != leader && clients > 1);
        return await System.Connect(transport, [leader, .. others], clients, cancellation);
    }

    /// <summary>Space that the nodes' data take on disk; null where it cannot be told.</summary>
    public async Task<double?> DiskMiB(CancellationToken cancellation) =>
        await ProgramOutput.Of("du", ["-sk", _folder], cancellation) is { } output
            ? Math.Round(long.Parse(output.Split('\t')[0], CultureInfo.InvariantCulture) / 1024.0)
            : null;

    /// <exception cref="LoadException">A process ended that nobody had asked to.</exception>
    public void ThrowIfEnded()
    {
        if (_nodes.Select(node => node.Fault).FirstOrDefault(fault => fault is not null) is { } fault)
            throw new LoadException(fault);
    }

    public void Dispose()
    {
        foreach (NodeProcess node in _nodes)
            node.Dispose();
    }

    private async Task WaitUntilServes(int node, string? expected, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                patience.CancelAfter(AttemptTime);
                if (await System.KnowsLeader(node, patience.Token))
                {
                    await using IStore store = await System.Connect(System.Probe, [node], 1, patience.Token);
                    ReadOnlyMemory<byte>? file = await store.Read(0, expected ?? "/none", local: false, patience.Token);
                    if (expected is null || file is not null)
                        return;
                }
            }
            catch (Exception exception) when (ISystem.IsNotThere(exception))
            {
                cancellation.ThrowIfCancellationRequested();
            }

            ThrowIfEnded();
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }

    private void CheckPorts()
    {
        IPEndPoint[] taken = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners();
        int[] inUse = [.. System.Ports.Intersect(taken.Select(each => each.Port))];
        if (inUse.Length > 0)
            throw new LoadException($"the port {inUse[0]} is in use: give another with --port");
    }
}
