using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Node;

namespace Doozer.Simulation;

/// <summary>
/// One life of a node: the node's storage, its replicas' drivers and what serves its namespaces, all of them the real ones, on
/// virtual schedulers, disk and network. Once it is dead nothing of it runs any more.
/// </summary>
internal sealed class SimulationProcess
{
    /// <summary>Most messages that wait for a paused process; a full connection loses the rest.</summary>
    private const int MaxStalled = 2000;

    /// <summary>So many signs of life may be lost before a node is taken for gone.</summary>
    private const int SilenceSignals = 4;

    private static readonly TimeSpan SignalPeriod = TimeSpan.FromMilliseconds(30);

    private readonly SimulationNode _node;
    private readonly SimulationCluster _cluster;
    private readonly Queue<Action> _stalled = new();
    private readonly List<SimulationReplica> _replicas = [];
    private readonly DoozerOptions _options;
    private bool _isPaused;

    public SimulationProcess(SimulationNode node, SimulationCluster cluster)
    {
        _node = node;
        _cluster = cluster;
        Time = new VirtualTime(cluster.Clock, After, node.ClockRate);
        Background = new BackgroundScheduler(After, () => cluster.Random.Next(1, 5000));
        var platform = new NodePlatform(_ => new SimulationDirectory(node, this, cluster, Background), Background);
        _options = cluster.OptionsOf(node.Name);
        Logger = new SimulationLogger(cluster, node.Name);
        Failure = new SimulationNodeFailure(this, node, cluster);
        Signals = new PeerSignals(Time, SilenceSignals * SignalPeriod);
        Signals.Changed += peer => _replicas.ForEach(replica => replica.Driver.LivenessChanged(peer));
        Storage = new NodeStorage(_options, Failure, new SimulationLogger<NodeStorage>(cluster, node.Name), platform);
    }

    public TimeProvider Time { get; }

    /// <summary>What is not done on a grain's turn.</summary>
    public TaskScheduler Background { get; }

    public NodeStorage Storage { get; }

    public PeerSignals Signals { get; }

    public SimulationNodeFailure Failure { get; }

    public SimulationLogger Logger { get; }

    public DoozerOptions Options => _options;

    public bool IsDead { get; private set; }

    /// <summary>Whether something was broken that a node stops for.</summary>
    public bool MayStop { get; set; }

    /// <summary>Its replicas, once it has started.</summary>
    public IReadOnlyList<SimulationReplica> Replicas => _replicas;

    public SimulationReplica? Find(string @namespace) => _replicas.Find(replica => replica.Driver.Namespace == @namespace);

    /// <summary>Opens the disk, and then takes part.</summary>
    public void Begin() => _ = new TurnScheduler(After, static () => 0).Run(async () =>
    {
        try
        {
            await Storage.Open();
            await Storage.Bind();
            foreach (string @namespace in _cluster.Namespaces)
                _replicas.Add(new SimulationReplica(_node, this, _cluster, @namespace));
            if (_cluster.Options.QuietTicks > 0)
                GiveSigns();
        }
        catch (Exception failure)
        {
            if (IsDead)
                return;
            _cluster.Story.Tell($"{_node.Name} cannot start: {failure.Message}");
            if (!MayStop)
                _cluster.Clock.Fail(failure);
            _node.Kill();
        }
    });

    private void GiveSigns() => After((long)SignalPeriod.TotalMicroseconds, () =>
    {
        foreach (SimulationNode other in _cluster.Nodes.Where(node => node != _node))
        {
            _cluster.Network.Call(
                _node.Name,
                other.Name,
                () => other.Process?.Enter(() => other.Process.Signals.Heard(_node.Name)));
        }

        Signals.Look();
        GiveSigns();
    });

    public void Die() => IsDead = true;

    /// <summary>
    /// Lets something happen in this process so many microseconds later: not if it is dead, and not while it is paused.
    /// </summary>
    public void After(long microseconds, Action action) => _cluster.Clock.Schedule(microseconds, () =>
    {
        if (IsDead)
            return;
        if (_isPaused)
            _stalled.Enqueue(action);
        else
            action();
    });

    /// <summary>Something comes in from outside.</summary>
    public void Enter(Action action)
    {
        if (IsDead)
            return;
        if (!_isPaused)
            action();
        else if (_stalled.Count < MaxStalled)
            _stalled.Enqueue(action);
    }

    /// <summary>Stops for a while. Its connections go on; what comes in waits.</summary>
    public void Pause(long microseconds)
    {
        if (_isPaused)
            return;
        _cluster.Story.Tell($"{_node.Name} is paused");
        _isPaused = true;
        _cluster.Clock.Schedule(microseconds, Resume);
    }

    public void Resume()
    {
        if (!_isPaused || IsDead)
            return;
        _cluster.Story.Tell($"{_node.Name} goes on");
        _isPaused = false;
        while (!IsDead && !_isPaused && _stalled.TryDequeue(out Action? action))
            action();
    }
}
