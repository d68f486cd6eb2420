using Doozer.Paxos;

namespace Doozer.Simulation;

/// <summary>A node's replica as another node calls it: over the network, where calls and answers may be late or lost.</summary>
internal sealed class SimulationReplicaGrain(SimulationCluster cluster, string from, string to, string @namespace) : IReplicaGrain
{
    public Task Deliver(byte[] envelope) => throw new NotSupportedException("Envelopes go by SimulationReplica.Send.");

    public Task<SubmitResult> Submit(byte[] commands, int count) => Call(replica => replica.Driver.Submit(commands, count));

    // With a word it is confirmed that the replica led when it was asked, which is before it hears of it.
    public Task<ReadIndexResult> ReadIndex(byte[]? word) =>
        ReadIndex(word, word is null ? null : cluster.Checks(@namespace).Safety.Observed);

    private Task<ReadIndexResult> ReadIndex(byte[]? word, long? observedWhenAsked) => Call(async replica =>
    {
        long observed = observedWhenAsked ?? cluster.Checks(@namespace).Safety.Observed;
        ReadIndexResult answer = await replica.Driver.ReadIndex(word);
        if (answer.Confirmed && answer.Slot < observed)
        {
            cluster.Clock.Fail(new SimulationFailureException(
                $"{to} confirmed a read at slot {answer.Slot}, but slot {observed} was known before it began"));
        }

        cluster.ReadsConfirmed += answer.Confirmed ? 1 : 0;
        return answer;
    });

    public Task<KeepAliveResult> KeepAlive(long[] sessions) => Call(async replica =>
    {
        (long asked, Ballot ballot) = (cluster.Clock.Now, replica.Driver.Protocol.Promised);
        KeepAliveResult answer = await replica.Driver.KeepAlive(sessions);
        foreach (long id in answer.Confirmed ? sessions.Except(answer.Over) : [])
            RequireLives(id, asked, ballot);
        return answer;
    });

    public Task<TransferResult> TransferLeadership(string node) =>
        Call(replica => Task.FromResult(replica.Driver.TransferLeadership(node)));

    public Task<ReconfigurationResult> Reconfigure(
        string[] acceptors, int electionQuorum, int writeQuorum, long? epoch) =>
        Call(replica => replica.Driver.Reconfigure(acceptors, electionQuorum, writeQuorum, epoch));

    public Task<ReplicaStatus> Status() => Call(replica => Task.FromResult(replica.Driver.Status()));

    // Another leader, of a higher ballot, may give a session its whole ttl, but from later than the call that was confirmed here.
    private void RequireLives(long id, long asked, Ballot ballot)
    {
        foreach (SimulationNode node in cluster.Nodes)
        {
            if (node.Process?.Find(@namespace) is not { Leads: true } other
                || other.Driver.Protocol.Promised <= ballot
                || other.Driver.Leases.UntilOf(id) is not { } until)
            {
                continue;
            }

            long ttl = (long)other.Driver.Tree.Sessions.Find(id)!.Ttl.TotalMicroseconds;
            if (until - ttl < asked * node.ClockRate / 1000)
            {
                cluster.Clock.Fail(new SimulationFailureException(
                    $"{to} kept session {id} alive, and {node.Name}, which leads with a higher ballot, did not hear of it"));
            }
        }
    }

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
