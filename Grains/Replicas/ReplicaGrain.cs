using System.Diagnostics;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Placement;
using Doozer.Tree;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace Doozer.Replicas;

/// <summary>
/// One Paxos instance's replica on one node. Reentrant: it takes in messages, proposals and ticks while earlier ones wait for the
/// disk or the network. The state it drives is <see cref="ReplicaDriver"/>. For a group that is not there, as far as this node
/// knows, it drops messages and refuses the rest: peers may be ahead of this node, or behind it, and send them again.
/// </summary>
[Reentrant]
[KeepAlive]
[NodePlacement]
[GrainDirectory(NodeDirectory.Name)]
internal sealed class ReplicaGrain(ReplicaDrivers replicas, DoozerOptions options, TimeProvider time) : Grain, IReplicaGrain
{
    /// <summary>How often a quiet replica looks after its files.</summary>
    private static readonly TimeSpan QuietPace = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, IReplicaGrain> _peers = new(StringComparer.Ordinal);
    private ReplicaDriver? _replica;
    private IGrainTimer? _ticks;

    private ReplicaDriver Replica
    {
        get
        {
            if (_replica is { } replica)
                return replica;
            DeactivateOnIdle();
            throw new NodeUnavailableException(options.Node, "it has no such replica, or the replica is stopping");
        }
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (string group, string node) = Names.ParseReplicaKey(this.GetPrimaryKeyString());
        if (node != options.Node)
            throw new NodeUnavailableException(node, $"this silo is node {options.Node}");
        if (GroupName.Parse(group) is not { } name || replicas.Find(name) is not { IsDeleted: false } replica)
            return;
        await replica.Attach(Send, cancellationToken, SetPace);
        _replica = replica;
        _ticks = this.RegisterGrainTimer(
            static (grain, _) => grain.Tick(),
            this,
            new GrainTimerCreationOptions { DueTime = options.TickInterval, Period = options.TickInterval, Interleave = true });
        SetPace();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _replica?.Detach();
        _replica = null;
        return Task.CompletedTask;
    }

    public Task Deliver(byte[] envelope)
    {
        if (_replica is { } replica)
            return replica.Deliver(envelope);
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task<SubmitResult> Submit(byte[] commands, int count)
    {
        RequireCommands(commands, count);
        return Tracing.Join("doozer.commit", Tracing.Caller) is { } commit
            ? Submit(commands, count, commit)
            : Replica.Submit(commands, count);
    }

    public Task<ReadIndexResult> ReadIndex(byte[]? word) => Replica.ReadIndex(word);

    public Task<KeepAliveResult> KeepAlive(long[] sessions) => Replica.KeepAlive(sessions);

    public Task<TransferResult> TransferLeadership(string node) => Task.FromResult(Replica.TransferLeadership(node));

    public Task<ReconfigurationResult> Reconfigure(
        string[] acceptors, int electionQuorum, int writeQuorum, long? epoch) =>
        Replica.Reconfigure(acceptors, electionQuorum, writeQuorum, epoch);

    public Task<ReplicaStatus> Status() => Task.FromResult(Replica.Status());

    private async Task<SubmitResult> Submit(byte[] commands, int count, Activity commit)
    {
        using (commit)
        {
            commit.SetTag(Tracing.Namespace, Replica.Namespace)
                .SetTag(Tracing.Node, options.Node)
                .SetTag(Tracing.Commands, count);
            SubmitResult result = await Replica.Submit(commands, count);
            commit.SetOutcome(result.Status switch
            {
                SubmitStatus.Applied => Tracing.Done,
                SubmitStatus.NotLeader => "not-leader",
                SubmitStatus.Busy => "busy",
                _ => "unknown",
            });
            return result;
        }
    }

    // What is once chosen must be applied by every replica, so nothing that cannot be decoded may be proposed.
    private static void RequireCommands(byte[] commands, int count)
    {
        try
        {
            int found = 0;
            foreach (ReadOnlyMemory<byte> command in new Batch(commands, count))
            {
                Command.Decode(command);
                found++;
            }

            if (found != count || count == 0)
                throw new InvalidArgumentException("count", $"there are {found} commands, not {count}");
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidCommandException)
        {
            throw new InvalidArgumentException("commands", exception.Message);
        }
    }

    private Task Tick()
    {
        _replica?.Tick();
        if (_replica is { IsDeleted: true })
            DeactivateOnIdle();
        if (_replica is { IsQuiet: true })
            SetPace();
        return Task.CompletedTask;
    }

    private void SetPace()
    {
        if (_replica is not { IsQuiet: true })
        {
            _ticks?.Change(options.TickInterval, options.TickInterval);
            return;
        }

        // Quiet replicas tick on the second, so that the processor wakes up once for all that are due in it.
        var intoSecond = TimeSpan.FromTicks(time.GetElapsedTime(0).Ticks % TimeSpan.TicksPerSecond);
        _ticks?.Change(QuietPace - intoSecond, QuietPace);
    }

    // One-way: nothing waits for a peer. What is lost is sent again by the protocol.
    private void Send(string peer, byte[] envelope)
    {
        if (!_peers.TryGetValue(peer, out IReplicaGrain? grain))
        {
            grain = GrainFactory.GetGrain<IReplicaGrain>(Names.ReplicaKey(Replica.Group.ToString(), peer));
            _peers.Add(peer, grain);
        }

        Tracing.Propagate();
        _ = grain.Deliver(envelope);
    }
}
