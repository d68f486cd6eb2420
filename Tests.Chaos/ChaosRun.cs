using Doozer.Chaos.Faults;
using Doozer.Chaos.Load;
using Doozer.Chaos.Locks;
using Doozer.Chaos.Network;
using Doozer.Chaos.Nodes;
using Doozer.Chaos.Turning;
using Doozer.Simulation;

namespace Doozer.Chaos;

/// <summary>One cluster, from its first start to the check of its history.</summary>
internal sealed class ChaosRun : IDisposable
{
    private const int Clients = 12;

    // A turned cluster has up to five nodes, of which none is at the place of one that has just gone.
    private const int TurnPlaces = 6;

    // A step starts nodes, which takes long on a busy machine, and faults may be in its way again and again.
    private static readonly TimeSpan TurnPatience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ProgressPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WatchPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LoadAfterRecovery = TimeSpan.FromSeconds(2);

    private readonly ChaosOptions _options;
    private readonly int _nodes;
    private readonly int _seed;
    private readonly string _folder;
    private readonly NodeCluster _cluster;
    private readonly NodeConnection _connection = new();
    private readonly ClusterView _view;
    private readonly Recovery _recovery;
    private readonly Recorder _recorder = new();
    private readonly FaultPlay _play;
    private readonly LockHolders _holders;
    private readonly Turn _turn;

    public ChaosRun(ChaosOptions options, int nodes, int seed)
    {
        (_options, _nodes, _seed) = (options, nodes, seed);
        _folder = Path.GetFullPath(Path.Combine(
            options.Output, $"{(options.Turns ? "turned" : $"{nodes}-nodes")}-seed-{seed}"));
        var network = NodeNetwork.Create(options.Turns ? TurnPlaces : nodes, seed);
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        Directory.CreateDirectory(_folder);
        _cluster = new NodeCluster(network, nodes, options.Doozer, _folder);
        _holders = new LockHolders(() => _cluster.Addresses, seed);
        _view = new ClusterView(_cluster, _connection);
        _recovery = new Recovery(_cluster, _view, options.Turns ? TurnPatience : Recovery.Patience);
        _play = new FaultPlay(_cluster, () => _view.LastLeader, () => _view.IsWell, () => _recorder.Elapsed, Tell);
        var member = new MemberCommand(_cluster, options.Doozer);
        _turn = new Turn(_cluster, _recovery, member, () => _recorder.Elapsed, Tell, seed);
    }

    private string What => (_options.Turns, _options.HasWeather) switch
    {
        (true, true) => " of turning into other nodes in light weather",
        (true, false) => " of turning into other nodes",
        _ => " of faults",
    };

    private string HistoryPath => _options.History ?? Path.Combine(_folder, "history.jsonl");

    /// <summary>Runs it, and says what came of it.</summary>
    /// <returns>Whether every promise held.</returns>
    public async Task<bool> Run(CancellationToken cancellation)
    {
        Tell($"{_nodes} nodes, seed {_seed}, {_options.Time.TotalSeconds:F0} s{What}, in {_folder}");
        string? broken = null;
        TimeSpan? recovered = null;
        try
        {
            recovered = await Play(cancellation);
        }
        catch (ChaosException exception)
        {
            broken = exception.Message;
        }

        List<Operation> history = _recorder.Operations();
        await using (var writer = new StreamWriter(HistoryPath))
            HistoryFile.Write(writer, history);
        cancellation.ThrowIfCancellationRequested();
        Console.WriteLine(ChaosReport.Of(history, _play.Played, _recorder.Answers(), recovered));
        if (_options.Turns)
            Console.WriteLine(StepReport.Of(history, _turn.Steps));
        Console.WriteLine(_holders.Report);
        broken ??= _holders.FindViolation() ?? HistoryChecker.FindViolation(history);
        Console.WriteLine(broken is null
            ? $"linearizable, and one holder at a time: {history.Count} operations; the history is {HistoryPath}"
            : $"BROKEN: {broken}\nThe history is {HistoryPath}; data and logs of the nodes are in {_folder}");
        if (broken is null)
            _cluster.DeleteData();
        return broken is null;
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _connection.Dispose();
    }

    /// <returns>How long the cluster took to recover when all faults were lifted.</returns>
    private async Task<TimeSpan> Play(CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var stopLoad = new CancellationTokenSource();
        _cluster.Start();
        await _recovery.WaitUntilReady(end.Token);
        var http = new HttpStore(_cluster, _connection);
        await using LibraryStore library = await LibraryStore.Connect(_cluster.Addresses, end.Token);
        foreach (string name in NodeCluster.Namespaces.Append(LockWorker.Namespace).Where(name => name != Names.Main))
            await library.Create(name, end.Token);
        Task guard = Guard(end.Token);
        var load = Task.WhenAll(Enumerable.Range(1, Clients).Select(client =>
            Client(client, client % 2 == 0 ? library : http).Run(stopLoad.Token, end.Token)));
        Task[] background =
            [guard, load, _view.Watch(WatchPause, end.Token), ReportProgress(end.Token), _holders.Run(stopLoad.Token)];
        try
        {
            await Unless(background, Trouble(end.Token));
            Tell("all faults are lifted");
            TimeSpan lifted = _recorder.Elapsed;
            await Unless(background, _recovery.WaitUntilReady(end.Token));
            TimeSpan recovered = _recorder.Elapsed - lifted;
            await Unless(background, Task.Delay(LoadAfterRecovery, TimeProvider.System, end.Token));
            await stopLoad.CancelAsync();
            await _holders.DisposeAsync();
            await Unless([guard], load);
            await Unless([guard], _recovery.WaitUntilEqual(end.Token));
            foreach (string @namespace in NodeCluster.Namespaces)
            {
                var last = new LoadClient("end", @namespace, http, () => _cluster.Members, _recorder, _seed);
                await Unless([guard], FinalReads.Run(_cluster.Members, last, end.Token));
            }

            return recovered;
        }
        finally
        {
            await stopLoad.CancelAsync();
            await end.CancelAsync();
            await _holders.DisposeAsync();
            await Task.WhenAll(background)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>What the clients must not notice.</summary>
    private async Task Trouble(CancellationToken cancellation)
    {
        if (!_options.Turns)
        {
            await _play.Run(FaultSchedule.Draw(_seed, _nodes, _options.Time), cancellation);
            return;
        }

        using var calm = new CancellationTokenSource();
        Task weather = _options.HasWeather
            ? _play.Run(FaultSchedule.DrawLight(_seed, _nodes), calm.Token, cancellation)
            : Task.CompletedTask;
        try
        {
            await _turn.Run(_options.Time, cancellation);
        }
        finally
        {
            await calm.CancelAsync();
            await weather;
        }
    }

    /// <summary>Clients go round the namespaces, and every other uses the client library.</summary>
    private LoadClient Client(int number, IStore store) => new(
        $"c{number}",
        NodeCluster.Namespaces[number / 2 % NodeCluster.Namespaces.Count],
        store,
        () => _cluster.Members,
        _recorder,
        HashCode.Combine(_seed) + number);

    /// <summary>Does the work unless something in the background fails first.</summary>
    private static async Task Unless(Task[] background, Task work) => await await Task.WhenAny([work, .. background]);

    /// <summary>Fails when a node ends that nobody asked to.</summary>
    private async Task Guard(CancellationToken stop)
    {
        while (true)
        {
            if (_cluster.Fault is { } fault)
                throw new ChaosException(fault);
            await Task.Delay(WatchPause, TimeProvider.System, stop);
        }
    }

    private async Task ReportProgress(CancellationToken stop)
    {
        (int Ok, int Failed, int Unknown) before = _recorder.Outcomes;
        TimeSpan since = _recorder.Elapsed;
        while (true)
        {
            await Task.Delay(ProgressPause, TimeProvider.System, stop);
            ((int Ok, int Failed, int Unknown) now, TimeSpan at) = (_recorder.Outcomes, _recorder.Elapsed);
            IReadOnlyList<ActiveFault> active = _play.Active;
            string faults = active.Count == 0 ? "none" : string.Join(" and ", active);
            Tell($"{(now.Ok - before.Ok) / (at - since).TotalSeconds:F0} operations/s ok, {now.Failed - before.Failed} failed, " +
                $"{now.Unknown - before.Unknown} unknown; {_play.Played.Count} faults so far, now {faults}; " +
                $"leader {NodeCluster.Name(_view.LastLeader)}");
            (before, since) = (now, at);
        }
    }

    private void Tell(string what) => Console.WriteLine($"{_recorder.Elapsed.TotalSeconds,6:F1} s: {what}");
}
