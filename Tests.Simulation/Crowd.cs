using System.Text;
using Doozer.Paxos;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>
/// Many clients at once, that write at a node itself and do not try again: whoever leads for a moment has slots in flight then.
/// </summary>
internal sealed class Crowd(SimulationCluster cluster, List<Operation> history)
{
    private readonly Dictionary<string, Operation> _waiting = new(StringComparer.Ordinal);
    private int _values;

    public void Write(SimulationNode node, int count)
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
            var command = Command.Set(operation.Path, Encoding.UTF8.GetBytes(value), Command.Clobber, cluster.NewRequestId());
            if (node.Write(command, (status, result) => OnAnswer(operation, status, result)) == ProposeResult.Queued)
                _waiting.Add(value, operation);
        }
    }

    /// <summary>Nobody heard what became of the rest.</summary>
    public void GiveUp()
    {
        history.AddRange(_waiting.Values);
        _waiting.Clear();
    }

    private void OnAnswer(Operation operation, WriteStatus status, ApplyResult result)
    {
        _waiting.Remove(operation.Value!);
        history.Add(status switch
        {
            WriteStatus.Applied => operation with { Outcome = OperationOutcome.Ok, Revision = result.Revision, End = cluster.Clock.Now },
            WriteStatus.NotDone => operation with { Outcome = OperationOutcome.Failed, End = cluster.Clock.Now },
            _ => operation,
        });
    }
}
