namespace Doozer.Simulation;

/// <summary>A node's replica as another node calls it: over the network, where calls and answers may be late or lost.</summary>
internal sealed class SimulationReplicaGrain(SimulationCluster cluster, string from, string to, string @namespace) : IReplicaGrain
{
    public Task Deliver(byte[] envelope) => throw new NotSupportedException("Envelopes go by SimulationReplica.Send.");

    public Task<SubmitResult> Submit(byte[] commands, int count) => Call(replica => replica.Driver.Submit(commands, count));

    public Task<ReadIndexResult> ReadIndex() => Call(async replica =>
    {
        NamespaceChecks checks = cluster.Checks(@namespace);
        long observed = checks.Safety.Observed;
        ReadIndexResult answer = await replica.Driver.ReadIndex();
        if (answer.Confirmed && answer.Slot < observed)
        {
            cluster.Clock.Fail(new SimulationFailureException(
                $"{to} confirmed a read at slot {answer.Slot}, but slot {observed} was known before it began"));
        }

        cluster.ReadsConfirmed += answer.Confirmed ? 1 : 0;
        return answer;
    });

    public Task<KeepAliveResult> KeepAlive(long[] sessions) => Call(replica => replica.Driver.KeepAlive(sessions));

    public Task<TransferResult> TransferLeadership(string node) =>
        Call(replica => Task.FromResult(replica.Driver.TransferLeadership(node)));

    public Task<ReplicaStatus> Status() => Call(replica => Task.FromResult(replica.Driver.Status()));

    private Task<T> Call<T>(Func<SimulationReplica, Task<T>> call)
    {
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Answer(Action deliver) => cluster.Network.Call(to, from, deliver);
        void Asked(SimulationReplica replica) => _ = replica.Turns.Run(async () =>
        {
            try
            {
                T answer = await call(replica);
                Answer(() => answered.TrySetResult(answer));
            }
            catch (DoozerException refusal)
            {
                Answer(() => answered.TrySetException(refusal));
            }
        });

        // The silo of a node that is down is known to be gone, sooner or later.
        if (!cluster[to].IsUp && cluster.Random.Next(2) == 0)
            Answer(() => answered.TrySetException(new NodeUnavailableException(to, "its silo is not in the cluster")));
        else
            cluster.Network.Call(from, to, () => cluster[to].Enter(@namespace, Asked));
        return answered.Task;
    }
}
