using System.Text.Json;
using Doozer.Chaos.Load;

namespace Doozer.Chaos.Nodes;

/// <summary>What a node says of its own replica.</summary>
internal sealed record ReplicaView(bool Leads, string Leader, long Revision, long AppliedSlot, string Ballot, string Acceptors);

/// <summary>Asks nodes how they are.</summary>
internal sealed class ClusterView(NodeCluster cluster, NodeConnection connection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>The leader that was seen last, for faults that aim at it.</summary>
    public int LastLeader { get; private set; }

    /// <summary>Whether, when last seen, every node served and all knew the same leader.</summary>
    public bool IsWell { get; private set; }

    /// <summary>Watches who leads until it is cancelled.</summary>
    public async Task Watch(TimeSpan pause, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                (int Node, ReplicaView? View)[] replicas = await Replicas(NodeCluster.Namespaces[0], stop);
                // One that was deposed may not know it yet; the highest ballot is the newest leader's.
                LastLeader = replicas.Where(each => each.View is { Leads: true })
                    .OrderBy(each => RoundOf(each.View!.Ballot))
                    .Select(each => each.Node)
                    .LastOrDefault(LastLeader);
                IsWell = replicas[0].View is { Leader: not "" } first
                    && Array.TrueForAll(replicas, each => each.View?.Leader == first.Leader);
                await Task.Delay(pause, TimeProvider.System, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>What each node says, null for one that says nothing.</summary>
    public Task<(int Node, ReplicaView? View)[]> Replicas(string @namespace, CancellationToken cancellation) =>
        Task.WhenAll(cluster.Members.Select(async node => (node, await Replica(node, @namespace, cancellation))));

    /// <summary>Why a node is not ready; null if it is.</summary>
    public async Task<string?> WhyNotReady(int node, CancellationToken cancellation)
    {
        Answer answer = await Ask(node, "readyz", cancellation);
        return answer.Verdict == Verdict.Done ? null : $"{NodeCluster.Name(node)} is not ready: {answer.Reason}";
    }

    /// <summary>Who decides on the list of nodes, in a node's words; null when it does not say.</summary>
    public async Task<string?> RegisterQuorum(int node, CancellationToken cancellation)
    {
        Answer answer = await Ask(node, "v1/clustering/status", cancellation);
        if (answer is not { Verdict: Verdict.Done, Response: { } response })
            return null;
        using var status = JsonDocument.Parse(response.Body);
        return status.RootElement.GetProperty("quorum").GetString();
    }

    private async Task<ReplicaView?> Replica(int node, string @namespace, CancellationToken cancellation)
    {
        Answer answer = await Ask(node, $"v1/{@namespace}/status", cancellation);
        if (answer is not { Verdict: Verdict.Done, Response: { } response })
            return null;
        using var status = JsonDocument.Parse(response.Body);
        JsonElement local = status.RootElement.GetProperty("local");
        return new ReplicaView(
            local.GetProperty("role").GetString() == "Leader",
            local.GetProperty("leader").GetString()!,
            local.GetProperty("revision").GetInt64(),
            local.GetProperty("appliedSlot").GetInt64(),
            local.GetProperty("ballot").GetString()!,
            string.Join(", ", local.GetProperty("quorum").GetProperty("acceptors").EnumerateArray()));
    }

    private async Task<Answer> Ask(int node, string path, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        return await connection.Send(
            HttpMethod.Get, new Uri(cluster.Address(node), path), body: null, request: null, patience.Token);
    }

    private static long RoundOf(string ballot) => long.TryParse(ballot.Split('.')[0], out long round) ? round : 0;
}
