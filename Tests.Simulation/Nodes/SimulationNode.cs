using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>A machine: its disk, and the process that runs on it now and can be paused, killed, and started again.</summary>
internal sealed class SimulationNode
{
    /// <summary>How fast clocks go at least, in thousandths: they differ by up to a tenth.</summary>
    public const int SlowestClock = 950;

    /// <summary>How fast clocks go at most, in thousandths.</summary>
    public const int FastestClock = 1050;

    private readonly SimulationCluster _cluster;

    public SimulationNode(string name, SimulationCluster cluster, int seed)
    {
        Name = name;
        _cluster = cluster;
        Disk = new SimulationDisk(cluster, name, seed);
        ClockRate = new Random(seed).Next(SlowestClock, FastestClock + 1);
    }

    /// <summary>How fast its clock goes, in thousandths.</summary>
    public int ClockRate { get; }

    public string Name { get; }

    public SimulationDisk Disk { get; }

    /// <summary>Null while the node is down.</summary>
    public SimulationProcess? Process { get; private set; }

    /// <summary>How long its ticks take, in microseconds: nothing but liveness may depend on clocks that agree.</summary>
    public int Tick { get; set; } = SimulationCluster.TickMicroseconds;

    /// <summary>How often it became leader.</summary>
    public int Elections { get; set; }

    /// <summary>How often a replica of it went quiet.</summary>
    public int WentQuiet { get; set; }

    /// <summary>Its replica of the first namespace; null while the node is down or starts.</summary>
    public SimulationReplica? First => Process?.Find(_cluster.Namespaces[0]);

    /// <summary>The protocol of that one.</summary>
    public Replica? Replica => First?.Driver.Protocol;

    public VersionedTree Tree => First!.Driver.Tree;

    public long Applied => First?.Driver.Applied.Slot ?? 0;

    public bool Leads => First is { Leads: true };

    /// <summary>Whether it is gone for good: lost with its disk, or taken out of the group.</summary>
    public bool IsGone { get; private set; }

    public bool IsUp => Process is { Replicas.Count: > 0 };

    public void Start()
    {
        if (Process is not null || IsGone)
            return;
        _cluster.Story.Tell($"{Name} starts");
        Process = new SimulationProcess(this, _cluster);
        Process.Begin();
    }

    /// <summary>It never comes back.</summary>
    public void Leave(string how)
    {
        Die(how);
        IsGone = true;
    }

    /// <summary>The process dies; what it wrote stays in the system's cache.</summary>
    public void Kill() => Die("is killed");

    /// <summary>The machine dies, and with it what was not flushed.</summary>
    public void Crash()
    {
        if (Die("loses power"))
            Disk.Crash();
    }

    /// <summary>Stops the process for a while.</summary>
    public void Pause(long microseconds) => Process?.Pause(microseconds);

    public void Resume() => Process?.Resume();

    /// <summary>Lets something happen in a replica: not if the node is down or starts, and only later if it is paused.</summary>
    public void Enter(string @namespace, Action<SimulationReplica> action)
    {
        if (Process is { } process && process.Find(@namespace) is { } replica)
            process.Enter(() => action(replica));
    }

    /// <summary>Asks the leader of the first namespace to hand over.</summary>
    public bool TransferLeadership()
    {
        if (First is not { Leads: true } replica)
            return false;
        _ = replica.Turns.Run(() => replica.Driver.HandOverLeadership(TimeSpan.FromSeconds(1), Process!.Time));
        return true;
    }

    private bool Die(string how)
    {
        if (Process is null)
            return false;
        _cluster.Story.Tell($"{Name} {how}");
        Process.Die();
        Process = null;
        Disk.CancelFailures();
        _cluster.EndConnections(this);
        _cluster.Story.Mark(_cluster.Clock.Now);
        return true;
    }
}
