using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Doozer.Placement;

/// <summary>
/// Pins a grain with a key <c>name@node</c>, or just the node's id, to the silo named as the node. No directory is asked: where
/// the grain lives is known, and Paxos must go on while the directory recovers from a dead silo. Grains need
/// <see cref="NodeDirectory"/> besides.
/// </summary>
[Serializable]
public sealed class NodePlacement : PlacementStrategy
{
    /// <inheritdoc/>
    public override bool IsUsingGrainDirectory => false;
}

/// <summary>Marks grains that <see cref="NodePlacement"/> places.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class NodePlacementAttribute() : PlacementAttribute(new NodePlacement());

/// <summary>Finds the silo of a node among the members of the cluster, and never any other.</summary>
internal sealed class NodePlacementDirector(IClusterMembershipService membership) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string key = target.GrainIdentity.Key.ToString()!;
        ReadOnlySpan<char> node = key.AsSpan(key.LastIndexOf('@') + 1);
        SiloAddress? found = null;
        foreach ((SiloAddress address, ClusterMember member) in membership.CurrentSnapshot.Members)
        {
            // A restarted node has a new generation while the old one may not be declared dead yet.
            if (member.Status is SiloStatus.Joining or SiloStatus.Active or SiloStatus.ShuttingDown
                && node.SequenceEqual(member.Name)
                && (found is null || found.Generation < address.Generation))
            {
                found = address;
            }
        }

        return found is null
            ? Task.FromException<SiloAddress>(new NodeUnavailableException(node.ToString(), "its silo is not in the cluster"))
            : Task.FromResult(found);
    }
}
