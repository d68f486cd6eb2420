using Doozer.Grains;

namespace Doozer.Simulation;

/// <summary>A node that must not go on ends soon. If nothing was broken that it may stop for, the run has failed.</summary>
internal sealed class SimulationNodeFailure(SimulationProcess process, SimulationNode node, SimulationCluster cluster)
    : NodeFailure(new SimulationLogger<NodeFailure>(cluster, node.Name))
{
    private bool _stops;

    public override void Stop(string reason)
    {
        if (process.IsDead || _stops)
            return;
        _stops = true;
        cluster.Story.Tell($"{node.Name} stops: {reason}");
        if (!process.MayStop)
            cluster.Clock.Fail(new SimulationFailureException($"{node.Name} stops: {reason}"));

        // Its last words go out before.
        process.After(1000, node.Kill);
    }
}
