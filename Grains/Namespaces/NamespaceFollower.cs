using Doozer.Grains;
using Doozer.Replicas;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>
/// Makes true on this node what the list of namespaces says, as its own tree of <c>main</c> has it: wakes the replicas of those
/// that are on it, since an acceptor has to answer whether or not a client asks for its namespace; and ends and forgets those
/// that were deleted. It goes by the state, and not by what changed, so that a node that was away finds its way whatever it has
/// missed.
/// </summary>
internal sealed partial class NamespaceFollower(
    ReplicaDrivers replicas,
    EventReaders events,
    IGrainFactory grains,
    DoozerOptions options,
    TimeProvider time,
    ILogger<NamespaceFollower> logger) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private static readonly Glob OfList = Glob.TryParse(Names.ListDirectory + "/*", out Glob? glob, out string? reason)
        ? glob
        : throw new InvalidOperationException(reason);

    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<GroupName> _awake = [];
    private Task _following = Task.CompletedTask;

    /// <summary>
    /// The revision of <c>main</c> up to which namespaces have been made and ended here. What was deleted by then does not come
    /// back with a restart. Any thread.
    /// </summary>
    public AppliedSlot Followed { get; } = new();

    // Behind the node's own lifecycle, which wakes main.
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(NamespaceFollower), ServiceLifecycleStage.Active + 1, Start, Stop);

    public void Dispose() => _stop.Dispose();

    private async Task Start(CancellationToken cancellation)
    {
        await Try(EndAndWake);
        _following = Follow();
    }

    private async Task Stop(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _following.WaitAsync(cancellation);
    }

    private async Task Follow()
    {
        EventReader reader = events.GetOrAdd(replicas.Main);
        while (!_stop.IsCancellationRequested)
        {
            long revision = replicas.Main.Tree.Revision;
            bool isDone = await Try(EndAndWake) && await Try(Adopt) && await Try(() => Change(reader, revision + 1));
            if (!isDone)
                await Task.Delay(RetryDelay, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> Try(Func<Task> step)
    {
        try
        {
            await step();
            return true;
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // The node stops.
        }
        catch (NoQuorumException)
        {
            // It will be tried again, and operators are told that there is none.
        }
        catch (Exception exception)
        {
            LogFailed(exception, options.Node);
        }

        return false;
    }

    /// <summary>Waits for a change of the list, or for a while.</summary>
    private async Task Change(EventReader reader, long from)
    {
        try
        {
            await reader.Next(OfList, from, max: 1, Limits.WaitTimeout, ReadMode.Local).WaitAsync(_stop.Token);
        }
        catch (TooLateException)
        {
            // This node has gone on from a peer's snapshot.
        }
    }

    private async Task EndAndWake()
    {
        TreeVersion main = replicas.Main.Tree.Latest;
        foreach (GroupName group in replicas.Groups.Where(group => NamespaceList.IsDeleted(main, group)).ToArray())
            await End(group);
        GroupName[] asleep = [.. replicas.Known.Where(group => !_awake.Contains(group) && replicas.Find(group) is not null)];
        bool[] woken = await Task.WhenAll(asleep.Select(Wake));
        _awake.UnionWith(asleep.Where((_, i) => woken[i]));
        Followed.Advance(main.Revision);
    }

    private async Task End(GroupName group)
    {
        await replicas.End(group);
        events.Remove(group);
        _awake.Remove(group);
        LogEnded(options.Node, group.Namespace);
    }

    private async Task<bool> Wake(GroupName group)
    {
        try
        {
            await grains.GetGrain<IReplicaGrain>(Names.ReplicaKey(group.ToString(), options.Node)).Status();
            return true;
        }
        catch (TimeoutException)
        {
            // It is awake all the same, only slow.
            return true;
        }
        catch (NodeUnavailableException)
        {
            return false;
        }
    }

    /// <summary>Puts on the list what this node has from before there was one, as soon as main has a leader.</summary>
    private async Task Adopt()
    {
        TreeVersion main = replicas.Main.Tree.Latest;
        string[] unlisted =
        [
            .. replicas.Groups
                .Where(group => group.Generation == 0 && group != GroupName.Main)
                .Select(group => group.Namespace)
                .Where(name => !NamespaceList.IsAdopted(main, name)),
        ];
        if (unlisted.Length > 0)
            await grains.GetGrain<INamespaceListGrain>(Names.Main).Adopt(unlisted);
    }

    [LoggerMessage(60, LogLevel.Information, "{Node} has ended {Namespace}, which was deleted, and let its data go")]
    private partial void LogEnded(string node, string @namespace);

    [LoggerMessage(61, LogLevel.Warning, "{Node} cannot make or end namespaces as the list says; it tries again")]
    private partial void LogFailed(Exception exception, string node);
}
