using Doozer.Chaos.Locks;

namespace Doozer.Chaos.Nodes;

/// <summary>What a cluster must come to.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="view">Asks its nodes.</param>
/// <param name="patience">How long it may take.</param>
internal sealed class Recovery(NodeCluster cluster, ClusterView view, TimeSpan patience)
{
    /// <summary>How long a cluster may take without a fault.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until every node serves.</summary>
    /// <exception cref="ChaosException">One does not.</exception>
    public async Task WaitUntilReady(CancellationToken cancellation)
    {
        foreach (int node in cluster.Members)
            await WaitUntil(() => view.WhyNotReady(node, cancellation), Pause, cancellation);
    }

    /// <summary>Waits until all replicas have applied the same.</summary>
    /// <exception cref="ChaosException">They do not come to that.</exception>
    public async Task WaitUntilEqual(CancellationToken cancellation)
    {
        foreach (string @namespace in NodeCluster.Namespaces)
            await WaitUntil(() => WhyNotEqual(@namespace, cancellation), Pause, cancellation);
    }

    /// <summary>Waits until these nodes and no others vote in every namespace and on the list, as all nodes see it.</summary>
    /// <exception cref="ChaosException">It does not come to that.</exception>
    public async Task WaitUntilDecidedBy(IEnumerable<int> voters, CancellationToken cancellation)
    {
        string[] ids = [.. voters.Select(NodeCluster.Name).Order(StringComparer.Ordinal)];
        foreach (string @namespace in NodeCluster.Namespaces.Append(LockWorker.Namespace))
            await WaitUntil(() => WhyNotDecidedBy(string.Join(", ", ids), @namespace, cancellation), Pause, cancellation);
        await WaitUntil(
            () => WhyNotListedBy($"{(ids.Length / 2) + 1} of {string.Join(", ", ids)}", cancellation), Pause, cancellation);
    }

    /// <summary>Waits until a node that was removed has ended.</summary>
    /// <exception cref="ChaosException">It does not, or otherwise than it should.</exception>
    public Task WaitUntilLeft(int node, CancellationToken cancellation) =>
        WaitUntil(() => Task.FromResult(cluster.WhyNotLeft(node)), Pause, cancellation);

    /// <summary>Waits until something is so.</summary>
    /// <param name="why">Why it is not; null when it is.</param>
    /// <param name="pause">Before it is asked again.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ChaosException">It takes too long, or a node ended.</exception>
    public async Task WaitUntil(Func<Task<string?>> why, TimeSpan pause, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(patience);
        while (await why() is { } reason)
        {
            cancellation.ThrowIfCancellationRequested();
            if (cluster.Fault is { } fault)
                throw new ChaosException(fault);
            if (limit.IsCancellationRequested)
                throw new ChaosException($"After {patience.TotalSeconds:F0} s {reason}");
            await Task.Delay(pause, TimeProvider.System, cancellation);
        }
    }

    private async Task<string?> WhyNotEqual(string @namespace, CancellationToken cancellation)
    {
        (int Node, ReplicaView? View)[] replicas = await view.Replicas(@namespace, cancellation);
        return replicas.Select(each => (each.View?.Revision, each.View?.AppliedSlot)).Distinct().Count() == 1
            && replicas[0].View is not null
            ? null
            : $"the replicas of {@namespace} are not equal: {InWords(replicas, view => view.ToString())}";
    }

    private async Task<string?> WhyNotDecidedBy(string voters, string @namespace, CancellationToken cancellation)
    {
        (int Node, ReplicaView? View)[] replicas = await view.Replicas(@namespace, cancellation);
        return Array.TrueForAll(replicas, each => each.View?.Acceptors == voters)
            ? null
            : $"not {voters} vote in {@namespace}: {InWords(replicas, view => view.Acceptors)}";
    }

    private async Task<string?> WhyNotListedBy(string quorum, CancellationToken cancellation)
    {
        foreach (int node in cluster.Members)
        {
            if (await view.RegisterQuorum(node, cancellation) is var said && said != quorum)
                return $"{NodeCluster.Name(node)} says that the list of nodes is decided by {said ?? "nobody"}, not {quorum}";
        }

        return null;
    }

    private static string InWords((int Node, ReplicaView? View)[] replicas, Func<ReplicaView, string> tell) => string.Join(
        "; ", replicas.Select(each => $"{NodeCluster.Name(each.Node)} {(each.View is { } said ? tell(said) : "says nothing")}"));
}
