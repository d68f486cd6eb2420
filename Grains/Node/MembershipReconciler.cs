using System.Globalization;
using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Replicas;
using Microsoft.Extensions.Logging;

namespace Doozer.Node;

/// <summary>
/// Brings about what the list of nodes wants: the members of the groups that have a replica here, the acceptors of those that are
/// led from here, one change at a time; and where <c>main</c> is led, the voters and the acceptors of the register. And it gives
/// the leadership of a namespace to the node that should have it, so that all nodes have about as much to do.
/// </summary>
/// <remarks>
/// Nothing that it does hangs on there being only one that does it, nor on what it knows being new: each change is decided by a
/// log, or by the register.
/// </remarks>
internal sealed partial class MembershipReconciler(
    DoozerOptions options,
    ReplicaDrivers replicas,
    IGrainFactory grains,
    TimeProvider time,
    ILogger<MembershipReconciler> logger,
    ClusteringNode? clustering = null) : IDisposable
{
    /// <summary>Every so many periods, and when the list has changed, quiet groups have their turn as well.</summary>
    private const int PeriodsOfQuiet = 10;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaderStays = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LeavePeriod = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly AbsentVoters _absent = new(time);
    private NodeList? _list;
    private string[] _members = [];

    /// <summary>Ends a wait: there may be more to do at once.</summary>
    private volatile TaskCompletionSource _due = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reconciles from now on.</summary>
    public void Start()
    {
        if (clustering is null)
            return;
        clustering.Changes.FaultInVoter = FaultInVoter;
        clustering.BeforeLeaving = WaitUntilLeftOut;
        clustering.Nodes.Changed += _ => _due.TrySetResult();
        _ = Run(clustering, _stopping.Token);
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _due.TrySetResult();
    }

    private async Task Run(ClusteringNode node, CancellationToken stopping)
    {
        NodeList? last = null;
        try
        {
            for (int period = 0; ; period++)
            {
                await _due.Task.CompletesWithin(Period, time);
                stopping.ThrowIfCancellationRequested();
                _due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                NodeList list = node.Nodes.List;
                bool withQuiet = list != last || period % PeriodsOfQuiet == 0;
                last = list;
                ReplicaDriver[] groups = [.. replicas.All.Where(replica => withQuiet || !replica.IsQuiet)];
                if (!list.IsFounding)
                    await Try(() => Follow(node, list, groups, stopping));
                await Try(() => SpreadAll(groups));
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task Try(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            LogNotNow(options.Node, exception.Message);
        }
    }

    private async Task SpreadAll(IEnumerable<ReplicaDriver> groups)
    {
        foreach (ReplicaDriver replica in groups.Where(IsLedHere))
            await Spread(replica);
    }

    private bool IsLedHere(ReplicaDriver replica) => replica.Leadership.Value.Leader == options.Node;

    private async Task Follow(
        ClusteringNode node, NodeList list, IEnumerable<ReplicaDriver> groups, CancellationToken stopping)
    {
        if (list != _list)
            (_list, _members) = (list, [.. list.Nodes.Select(each => each.Id)]);
        foreach (ReplicaDriver replica in groups)
        {
            if (!ReferenceEquals(replica.Members, _members))
                replica.SetMembers(_members);
            if (IsLedHere(replica))
                await Regroup(replica, list);
        }

        await node.Changes.TellIfMoved(stopping);
        if (!IsLedHere(replicas.Main))
            return;
        if (list.Nodes.Any(each => each.Role == NodeRole.Standby))
            await PromoteStandbys(node, list, stopping);
        await node.Changes.Settle(stopping);
    }

    /// <summary>Takes a group one step nearer to the acceptors that it should have.</summary>
    private async Task Regroup(ReplicaDriver replica, NodeList list)
    {
        string[] wanted = NodePreference.Acceptors(replica.Namespace, replica.Replicas, [.. list.VoterIds]);
        if (replica.Quorums.Acceptors.SequenceEqual(wanted))
            return;
        IReplicaGrain grain = GrainOf(replica);
        QuorumStatus now = (await grain.Status()).Quorum;
        foreach (string[] acceptors in AcceptorSteps.From(now.Acceptors, wanted, [.. replica.Missing]))
        {
            QuorumSystem quorums = options.QuorumsOf(acceptors);
            ReconfigurationResult result = await grain.Reconfigure(acceptors, quorums.Phase1, quorums.Phase2, now.Epoch);
            if (result.Status == ReconfigurationStatus.Done)
                _due.TrySetResult();
            if (result.Status != ReconfigurationStatus.NotCaughtUp)
                return;
        }
    }

    /// <summary>
    /// Hands a group over to the node that should lead it, but not soon after it has changed hands. <c>main</c> stays where
    /// it is.
    /// </summary>
    private async Task Spread(ReplicaDriver replica)
    {
        Leadership now = replica.Leadership.Value;
        bool isNew = now.Ballot.Round <= 1;
        if (replica.Group == GroupName.Main || (!isNew && time.GetElapsedTime(now.Since) < LeaderStays))
            return;
        string? preferred = NodePreference.Leader(replica.Namespace, replica.Quorums.Acceptors.Except(replica.Missing));
        if (preferred is not null && preferred != options.Node)
            await GrainOf(replica).TransferLeadership(preferred);
    }

    private IReplicaGrain GrainOf(ReplicaDriver replica) =>
        grains.GetGrain<IReplicaGrain>(Names.ReplicaKey(replica.Group.ToString(), options.Node));

    private async Task PromoteStandbys(ClusteringNode node, NodeList list, CancellationToken stopping)
    {
        bool isVoterWanted = list.VoterIds.Count() < list.Voters;
        string? absent = options.ReplaceAfter > TimeSpan.Zero
            ? _absent.LongestOver(options.ReplaceAfter, replicas.Main.Missing.Intersect(list.VoterIds))
            : null;
        if (!isVoterWanted && absent is null)
            return;
        ReplicaStatus main = await GrainOf(replicas.Main).Status();
        ListedNode? ready = list.Nodes.FirstOrDefault(
            each => each.Role == NodeRole.Standby && FaultIn(each.Id, main) is null);
        if (ready is null)
            return;
        if (isVoterWanted)
        {
            LogPromotes(options.Node, ready.Id, list.Voters);
            await node.Changes.TryApply(now => now.Promoting(ready.Id), list.Epoch, stopping);
        }
        else
        {
            LogReplaces(options.Node, absent!, options.ReplaceAfter, ready.Id);
            await node.Changes.TryApply(now => now.Replacing(absent!, ready.Id), list.Epoch, stopping);
        }
    }

    private async Task<string?> FaultInVoter(string node, CancellationToken cancellation)
    {
        if (replicas.Main.Leadership.Value.Leader is not { } leader)
            return "The namespace main has no leader now.";
        ReplicaStatus main = await grains.GetGrain<IReplicaGrain>(Names.ReplicaKey(Names.Main, leader)).Status();
        return FaultIn(node, main);
    }

    private string? FaultIn(string node, ReplicaStatus leading)
    {
        PeerStatus? peer = Array.Find(leading.Peers, each => each.Node == node);
        if (peer is not { Reachable: true } && node != leading.Node)
            return $"{node} does not answer {leading.Node}, which leads main; it cannot become a voter now.";
        return peer is null || (peer.Lag >= 0 && peer.Lag <= options.Protocol.Window) ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{node} has not caught up, so it cannot become a voter; it lacks {(peer.Lag < 0 ? "all" : peer.Lag)} slots.");
    }

    /// <summary>A node that was removed goes on until nobody needs its vote, but not for long.</summary>
    private async Task WaitUntilLeftOut()
    {
        long began = time.GetTimestamp();
        while (replicas.All.Any(replica => replica.HasVote) && time.GetElapsedTime(began) < LeaveTime)
            await Task.Delay(LeavePeriod, time, _stopping.Token);
    }

    [LoggerMessage(70, LogLevel.Information, "{Node} makes the standby {Standby} a voter: {Voters} are wanted")]
    private partial void LogPromotes(string node, string standby, int voters);

    [LoggerMessage(71, LogLevel.Warning,
        "{Node} puts the standby {Standby} in the place of {Absent}, which has not answered for {After}")]
    private partial void LogReplaces(string node, string absent, TimeSpan after, string standby);

    [LoggerMessage(72, LogLevel.Information, "{Node} cannot follow the list of nodes now, and tries again: {Reason}")]
    private partial void LogNotNow(string node, string reason);
}
