using Doozer.Placement;
using Doozer.Replicas;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Silo.Viewer;

/// <summary>What a node tells the others for their viewers. The key is the node's id.</summary>
[Alias("Doozer.INodeReportGrain")]
internal interface INodeReportGrain : IGrainWithStringKey
{
    /// <summary>Tells of the node and of its replica of a namespace, and makes none.</summary>
    /// <param name="namespace">The namespace.</param>
    [Alias("Report")]
    [ResponseTimeout("00:00:02")]
    Task<NodeReport> Report(string @namespace);
}

/// <inheritdoc/>
[Reentrant]
[NodePlacement]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class NodeReportGrain(ReplicaDrivers replicas, NodeStatistics statistics) : Grain, INodeReportGrain
{
    public async Task<NodeReport> Report(string @namespace)
    {
        ReplicaStatus? replica = replicas.Find(@namespace) is { } found
            ? await GrainFactory
                .GetGrain<IReplicaGrain>(Names.ReplicaKey(found.Group.ToString(), this.GetPrimaryKeyString()))
                .Status()
            : null;
        return new NodeReport(
            statistics.Now, statistics.Started, ProductVersion.Text, replica, statistics.Of(@namespace), statistics.OfLog());
    }
}
