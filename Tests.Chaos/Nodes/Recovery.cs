namespace Doozer.Chaos.Nodes;

/// <summary>What a cluster must come to when nothing is wrong any more.</summary>
internal sealed class Recovery(NodeCluster cluster, ClusterView view)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until every node serves.</summary>
    /// <exception cref="ChaosException">One does not.</exception>
    public async Task WaitUntilReady(CancellationToken cancellation)
    {
        for (int node = 0; node < cluster.Count; node++)
            await Wait(() => view.WhyNotReady(node, cancellation), cancellation);
    }

    /// <summary>Waits until all replicas have applied the same.</summary>
    /// <exception cref="ChaosException">They do not come to that.</exception>
    public async Task WaitUntilEqual(CancellationToken cancellation)
    {
        foreach (string @namespace in NodeCluster.Namespaces)
            await Wait(() => WhyNotEqual(@namespace, cancellation), cancellation);
    }

    private async Task<string?> WhyNotEqual(string @namespace, CancellationToken cancellation)
    {
        ReplicaView?[] replicas = await view.Replicas(@namespace, cancellation);
        return replicas.Select(replica => (replica?.Revision, replica?.AppliedSlot)).Distinct().Count() == 1
            && replicas[0] is not null
            ? null
            : $"the replicas of {@namespace} are not equal: "
                + string.Join(
                    ", ",
                    replicas.Select((replica, node) => $"{NodeCluster.Name(node)} {replica?.ToString() ?? "says nothing"}"));
    }

    private async Task Wait(Func<Task<string?>> why, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await why() is { } reason)
        {
            cancellation.ThrowIfCancellationRequested();
            if (cluster.Fault is { } fault)
                throw new ChaosException(fault);
            if (patience.IsCancellationRequested)
                throw new ChaosException($"After {Patience.TotalSeconds:F0} s without a fault {reason}");
            await Task.Delay(Pause, TimeProvider.System, cancellation);
        }
    }
}
