using Doozer.Chaos.Nodes;
using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>
/// Reads everything from every node when the clients are done: all files, and all events from the first on. So the history tells
/// of every revision, and of every replica.
/// </summary>
internal static class FinalReads
{
    private const int Attempts = 5;

    /// <exception cref="ChaosException">Something cannot be read.</exception>
    public static async Task Run(IReadOnlyList<int> nodes, LoadClient client, CancellationToken cancellation)
    {
        Operation last = await Do(client.Create(OperationKind.Nop, "/"), nodes[0]);
        foreach (int node in nodes)
        {
            foreach (string file in LoadClient.Files)
            {
                await Do(client.Create(OperationKind.Get, file), node, mayFail: true);
                await Do(client.Create(OperationKind.Local, file), node, mayFail: true);
            }

            for (long next = 1; next <= last.Revision;)
                next = (await Do(client.Create(OperationKind.Wait, "/**") with { Condition = next }, node)).Revision;
        }

        async Task<Operation> Do(Operation operation, int node, bool mayFail = false)
        {
            Operation done = await client.Perform(operation, Attempts, cancellation, node);
            cancellation.ThrowIfCancellationRequested();
            return done.Outcome == OperationOutcome.Ok || (mayFail && done.Outcome == OperationOutcome.Failed)
                ? done
                : throw new ChaosException($"After all faults were lifted {NodeCluster.Name(node)} did not answer: {done}");
        }
    }
}
