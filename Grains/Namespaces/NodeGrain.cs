using Doozer.Node;
using Doozer.Placement;
using Doozer.Replicas;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>What this node says of itself to the others.</summary>
[Reentrant]
[KeepAlive]
[NodePlacement]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NodeGrain(ReplicaDrivers replicas, NodeStorage storage) : Grain, INodeGrain
{
    public Task<NamespacePresence> Find(string @namespace) =>
        Task.FromResult(new NamespacePresence(replicas.Has(@namespace), storage.Incarnation, storage.QuorumsInWords));

    public Task<bool> IsDiskLow() => Task.FromResult(storage.IsDiskLow);
}
