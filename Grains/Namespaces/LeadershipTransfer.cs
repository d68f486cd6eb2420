using Doozer.Replicas;

namespace Doozer.Namespaces;

/// <summary>Moves the leadership of a namespace to a node that an operator names.</summary>
internal sealed class LeadershipTransfer(LeaderRoute route)
{
    /// <summary>Completes when the node leads.</summary>
    /// <exception cref="InvalidArgumentException">The node is none of the namespace's.</exception>
    /// <exception cref="NodeUnavailableException">The leader does not hear the node, or it did not take over in time, or the
    /// node that is asked stops.</exception>
    /// <exception cref="NoQuorumException">No leader was there to hand over.</exception>
    public async Task To(string node)
    {
        ReplicaDriver replica = route.Replica;
        if (node is null || replica.Quorums.IndexOf(node) < 0)
        {
            throw new InvalidArgumentException(
                nameof(node), $"'{node}' is none of {string.Join(", ", replica.Quorums.Acceptors)}");
        }

        long deadline = route.DeadlineFromNow();
        while (route.Left(deadline) > TimeSpan.Zero)
        {
            Leadership before = replica.Leadership.Value;
            if (before.Leader == node)
                return;
            (RequestFate fate, TransferResult? answer) = await route.Ask(
                leader => leader.TransferLeadership(node),
                static answer => answer.Leads ? RequestFate.Answered : RequestFate.NotTaken,
                deadline);
            if (fate != RequestFate.Answered)
                throw route.NotTaken();
            if (!answer!.Begun)
                throw new NodeUnavailableException(node, "it does not answer the leader");
            await route.WaitFor(replica.Leadership.Next(before), route.Left(deadline));
        }

        throw new NodeUnavailableException(node, "it did not take over in time");
    }
}
