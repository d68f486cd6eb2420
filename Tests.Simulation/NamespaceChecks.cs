using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>What is checked of one namespace.</summary>
internal sealed class NamespaceChecks
{
    private readonly Dictionary<string, long> _snapshots = new(StringComparer.Ordinal);

    public NamespaceChecks(string @namespace, QuorumSystem quorums, int alpha, int requestLimit, SimulationClock clock)
    {
        Namespace = @namespace;
        Safety = new SafetyChecker(quorums, alpha);
        Trees = new TreeChecker(requestLimit);
        Sessions = new SessionChecker(clock);
        Trees.FirstApplied = (command, result) => Sessions.OnApplied(command, result);
    }

    public string Namespace { get; }

    public SafetyChecker Safety { get; }

    public TreeChecker Trees { get; }

    public SessionChecker Sessions { get; }

    /// <summary>What clients did in it.</summary>
    public List<Operation> History { get; } = [];

    /// <summary>Snapshots that came to count.</summary>
    public int Snapshots { get; private set; }

    /// <summary>Looks whether a node has a new snapshot.</summary>
    public void OnManifest(string node, Manifest manifest)
    {
        if (manifest.Find(Namespace) is not { } entry || entry.Slot <= _snapshots.GetValueOrDefault(node))
            return;
        _snapshots[node] = entry.Slot;
        Snapshots++;
        Safety.OnSnapshot(node, entry.Slot);
        Trees.OnSnapshot(node, entry.Slot, entry.Digest);
    }

    /// <summary>The node reads its disk anew: its manifest may be an older one, if that was never made durable.</summary>
    public void OnStart(string node) => _snapshots.Remove(node);
}
