using Doozer.Grains;
using Doozer.Replicas;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>Reads and awaits a namespace's events on this node, from its replica. Safe for any thread.</summary>
/// <param name="replica">The node's replica of the namespace.</param>
/// <param name="options">The node's options.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">Completes when the node begins to stop: then nobody waits any more.</param>
/// <param name="background">Where events are looked at for those who wait.</param>
/// <param name="logger">Where it is told when they cannot be.</param>
internal sealed class EventReader(
    ReplicaDriver replica, DoozerOptions options, TimeProvider time, Task stopping, TaskScheduler background, ILogger logger)
{
    private readonly EventWaiters _waiters = new(replica.Tree, replica.Leadership, stopping, background, logger);

    /// <summary>How many wait for an event.</summary>
    public int Waiters => _waiters.Count;

    /// <summary>
    /// Reads the events from a revision on that match; when there is none, waits for the next. Ends without one when the time is
    /// over.
    /// </summary>
    /// <param name="glob">Which paths.</param>
    /// <param name="from">The first revision of interest.</param>
    /// <param name="max">At most so many events.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="mode">Whether to go on waiting without a leader, whose word it takes to tell that nothing is new.</param>
    /// <exception cref="TooLateException">The revision is no longer retained.</exception>
    /// <exception cref="NoQuorumException">The node is cut off.</exception>
    /// <exception cref="NodeUnavailableException">Events cannot be looked at here.</exception>
    /// <exception cref="NoNamespaceException">The namespace is deleted.</exception>
    public async Task<WaitResult> Next(Glob glob, long from, int max, TimeSpan timeout, ReadMode mode)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            Leadership leadership = replica.Leadership.Value;
            if (replica.IsDeleted)
                throw new NoNamespaceException(replica.Namespace);
            EventPage page = replica.Tree.ReadEvents(from, glob, max, Limits.PageBytes);
            if (page.TooLate)
                throw new TooLateException(from, page.OldestRevision);
            if (page.Events.Count > 0)
                return new WaitResult([.. page.Events.Select(ToFileEvent)], page.Next);
            from = page.Next;
            if (from <= replica.Tree.Revision)
            {
                // The scan of a long history is cut into pieces so that other requests get their turn.
                await Task.Yield();
                continue;
            }

            // A node that is cut off cannot tell that nothing is new.
            TimeSpan patience = mode == ReadMode.Linearizable && leadership.Leader is null
                ? options.RequestTimeout - time.GetElapsedTime(leadership.Since)
                : Limits.WaitTimeout;
            if (patience <= TimeSpan.Zero)
                throw new NoQuorumException(replica.Namespace, replica.Quorums.ToString(), [.. replica.Missing]);
            TimeSpan left = timeout - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || stopping.IsCompleted)
                return new WaitResult([], from);
            using EventWaiters.Waiter waiter = _waiters.Add(glob, from, leadership);
            await waiter.Woken.CompletesWithin(patience < left ? patience : left, time);
            if (waiter.Woken.IsFaulted)
                throw new NodeUnavailableException(options.Node, $"it cannot follow the events of {replica.Namespace}");
        }
    }

    private static FileEvent ToFileEvent(TreeEvent e) =>
        new(e.Revision, KindOf(e.Kind), e.Path, e.Body, e.Session, e.End);

    private static FileEventKind KindOf(CommandKind kind) => kind switch
    {
        CommandKind.Set => FileEventKind.Set,
        CommandKind.Del => FileEventKind.Del,
        _ => FileEventKind.Nop,
    };
}
