using System.Text;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// Many clients at once, that write at a node's replica itself and do not try again: whoever leads for a moment has slots in
/// flight then.
/// </summary>
internal sealed class Crowd(SimulationCluster cluster)
{
    private readonly List<(string Namespace, Operation Operation)> _waiting = [];
    private int _values;

    public void Write(SimulationReplica replica, int count) => _ = replica.Turns.Run(() =>
    {
        for (; count > 0; count--)
        {
            string value = $"crowd.{++_values}";
            var operation = new Operation
            {
                Client = "crowd",
                Kind = OperationKind.Set,
                Path = $"/crowd/{_values % 5}",
                Value = value,
                Start = cluster.Clock.Now,
                Outcome = OperationOutcome.Unknown,
            };
            _ = Write(replica, operation);
        }
    });

    /// <summary>Nobody heard what became of the rest.</summary>
    public void GiveUp()
    {
        foreach ((string @namespace, Operation operation) in _waiting)
            cluster.Checks(@namespace).History.Add(operation);
        _waiting.Clear();
    }

    private async Task Write(SimulationReplica replica, Operation operation)
    {
        string @namespace = replica.Driver.Namespace;
        var command = Command.Set(
            operation.Path, Encoding.UTF8.GetBytes(operation.Value!), Command.Clobber, cluster.NewRequestId());
        Task<SubmitResult> submitted = replica.Submit(command);
        if (submitted.IsCompletedSuccessfully && submitted.Result.Status is SubmitStatus.NotLeader or SubmitStatus.Busy)
            return;
        _waiting.Add((@namespace, operation));
        SubmitResult result = await submitted;
        if (!_waiting.Remove((@namespace, operation)))
            return;
        cluster.Checks(@namespace).History.Add(result.Status switch
        {
            SubmitStatus.Applied =>
                operation with { Outcome = OperationOutcome.Ok, Revision = result.Results[0].Revision, End = cluster.Clock.Now },
            SubmitStatus.Unknown => operation,
            _ => operation with { Outcome = OperationOutcome.Failed, End = cluster.Clock.Now },
        });
    }
}
