using Doozer.Namespaces;
using Doozer.Replicas;

namespace Doozer.Simulation;

/// <summary>Calls nodes' servers of a namespace over the network; calls and answers may be late or lost.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="checks">The namespace.</param>
/// <param name="name">Who calls.</param>
internal sealed class SimulationCaller(SimulationCluster cluster, NamespaceChecks checks, string name)
{
    private const int MaxAttempts = 6;

    /// <summary>A revision that the tree had before the next request is made.</summary>
    public long Known { get; private set; }

    /// <summary>The caller has learned of a revision.</summary>
    public void Learn(long revision) => Known = Math.Max(Known, revision);

    /// <summary>Calls one node.</summary>
    public Task<T> Call<T>(SimulationNode node, Func<NamespaceServer, Task<T>> call)
    {
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Answer(Action deliver) => cluster.Network.Call(node.Name, name, deliver);
        void Asked(SimulationReplica replica) => _ = replica.ServerTurns.Run(async () =>
        {
            try
            {
                T answer = await call(replica.Server);
                Answer(() => answered.TrySetResult(answer));
            }
            catch (DoozerException refusal)
            {
                Answer(() => answered.TrySetException(refusal));
            }
            catch (Exception unexpected)
            {
                cluster.Clock.Fail(unexpected);
            }
        });

        cluster.Network.Call(name, node.Name, () => node.Enter(checks.Namespace, Asked));
        return answered.Task;
    }

    /// <summary>Calls one node after another until one says what became of the request, which has an id.</summary>
    /// <param name="call">The request.</param>
    /// <returns>The answer, or the refusal by the log, or neither when nobody can tell.</returns>
    public async Task<(T? Answer, DoozerException? Refusal)> Request<T>(Func<NamespaceServer, Task<T>> call)
    {
        Random random = cluster.Random;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            Task<T> asked = Call(cluster.Nodes[random.Next(cluster.Nodes.Count)], call);
            if (!await asked.CompletesWithin(TimeSpan.FromMilliseconds(random.Next(50, 500)), cluster.Clock.Time))
                continue;
            try
            {
                return (await asked, null);
            }
            catch (RequestTooOldException late)
            {
                Learn(late.Current);
                return (default, late);
            }
            catch (Exception refusal) when (refusal is RevisionMismatchException or NotFoundException
                or SessionExpiredException or TransactionFailedException or StoreFullException)
            {
                return (default, (DoozerException)refusal);
            }
            catch (DoozerException)
            {
                // Another node may know better.
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 50)), cluster.Clock.Time);
            }
        }

        return default;
    }
}
