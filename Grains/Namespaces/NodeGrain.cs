using Doozer.Node;
using Doozer.Placement;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Namespaces;

/// <summary>What this node says of itself to the others.</summary>
[Reentrant]
[KeepAlive]
[NodePlacement]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NodeGrain(NamespaceFollower follower, NodeStorage storage, TimeProvider time) : Grain, INodeGrain
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public Task<bool> HasFollowed(long revision) => follower.Followed.Reaches(revision, Patience, time);

    public Task<bool> IsDiskLow() => Task.FromResult(storage.IsDiskLow);
}
