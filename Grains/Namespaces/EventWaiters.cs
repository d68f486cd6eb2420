using Doozer.Replicas;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Namespaces;

/// <summary>
/// Those who wait for events of a namespace on this node. What is published is looked at once for all of them, beside the grain
/// that takes the writes, and wakes only those whose globs match: the others cost a writer nothing. When leadership changes, or
/// the node begins to stop, all wake. Safe for any thread.
/// </summary>
internal partial class EventWaiters
{
    private const int EventsAtOnce = 1000;

    private static readonly Glob Any = Glob.TryParse("/**", out Glob? any, out _) ? any : throw new InvalidOperationException();

    private readonly VersionedTree _tree;
    private readonly Latest<Leadership> _leadership;
    private readonly Task _stopping;
    private readonly TaskScheduler _scheduler;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();

    private readonly WaiterIndex _waiting = new();
    private long _seen;
    private bool _isWatching;
    private bool _isFollowing;

    /// <param name="tree">Whose events.</param>
    /// <param name="leadership">Who leads.</param>
    /// <param name="stopping">Completes when the node begins to stop.</param>
    /// <param name="scheduler">Where events are looked at.</param>
    /// <param name="logger">Where it is told when they cannot be.</param>
    public EventWaiters(
        VersionedTree tree, Latest<Leadership> leadership, Task stopping, TaskScheduler scheduler, ILogger logger)
    {
        _tree = tree;
        _leadership = leadership;
        _stopping = stopping;
        _scheduler = scheduler;
        _logger = logger;
        Start(WakeAllAtStop, static () => { });
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Waits, until it is disposed of, for an event that matches.</summary>
    /// <param name="glob">Which paths.</param>
    /// <param name="from">The first revision of interest. There was none before it that matches.</param>
    /// <param name="led">Who leads, as the caller saw it before it looked.</param>
    public Waiter Add(Glob glob, long from, Leadership led)
    {
        var waiter = new Waiter(this, glob, from);
        lock (_lock)
        {
            if (!_isWatching)
                _seen = _tree.Revision;
            if (from <= _seen || led != _leadership.Value || _stopping.IsCompleted)
            {
                // The caller has to look again, and sees more then than it did.
                waiter.Wake();
                return waiter;
            }

            _waiting.Insert(waiter);
            if (!_isWatching)
                Start(Watch, () => _isWatching = false);
            if (!_isFollowing)
                Start(() => Follow(led), () => _isFollowing = false);
            _isWatching = _isFollowing = true;
        }

        return waiter;
    }

    /// <summary>The events from a revision on.</summary>
    protected virtual EventPage Read(long from) => _tree.ReadEvents(from, Any, EventsAtOnce, long.MaxValue);

    private void Start(Func<Task> loop, Action ended) => _ = Task.Factory.StartNew(
        () => Run(loop, ended), CancellationToken.None, TaskCreationOptions.DenyChildAttach, _scheduler);

    // Those who wait for a loop that has failed would sleep on: they are told, and who comes next begins it anew.
    private async Task Run(Func<Task> loop, Action ended)
    {
        try
        {
            await loop();
        }
        catch (Exception exception)
        {
            LogFailed(exception);
            foreach (Waiter waiter in TakeAll(ended))
                waiter.Fail(exception);
        }
    }

    private async Task WakeAllAtStop()
    {
        await _stopping;
        WakeAll();
    }

    private async Task Watch()
    {
        while (true)
        {
            long seen;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isWatching = false;
                    return;
                }

                seen = _seen;
            }

            await _tree.NextChange(seen);
            WakeThoseWhoMatch();
        }
    }

    private async Task Follow(Leadership led)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isFollowing = false;
                    return;
                }
            }

            await _leadership.Next(led);
            led = _leadership.Value;
            WakeAll();
        }
    }

    private void WakeThoseWhoMatch()
    {
        EventPage page = Read(_seen + 1);
        if (page.TooLate)
        {
            WakeAll();
            return;
        }

        var woken = new List<Waiter>();
        lock (_lock)
        {
            foreach (TreeEvent e in page.Events)
                _waiting.Find(e, woken);
            _seen = page.Next - 1;
            woken.ForEach(_waiting.Remove);
        }

        foreach (Waiter waiter in woken)
            waiter.Wake();
    }

    private void WakeAll()
    {
        foreach (Waiter waiter in TakeAll(() => _seen = _tree.Revision))
            waiter.Wake();
    }

    /// <param name="meanwhile">What is done before another may come.</param>
    private Waiter[] TakeAll(Action meanwhile)
    {
        lock (_lock)
        {
            Waiter[] taken = _waiting.TakeAll();
            meanwhile();
            return taken;
        }
    }

    [LoggerMessage(31, LogLevel.Error, "Events could not be looked at for those who wait for them; they are told so")]
    private partial void LogFailed(Exception exception);

    /// <summary>One who waits. It is woken once; then it has to look, and wait again if there is nothing.</summary>
    internal sealed class Waiter(EventWaiters waiters, Glob glob, long from) : IDisposable
    {
        // Whoever wakes it must not run its code.
        private readonly TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Glob Glob => glob;

        public long From => from;

        /// <summary>Completes when there may be something to see.</summary>
        public Task Woken => _woken.Task;

        /// <summary>Whether it is among those who wait, under the lock.</summary>
        public bool IsInserted { get; set; }

        /// <summary>Whether an event for it was found already, under the lock.</summary>
        public bool IsFound { get; set; }

        public void Wake() => _woken.TrySetResult();

        /// <summary>It cannot be told when there is something to see.</summary>
        public void Fail(Exception exception)
        {
            _woken.TrySetException(exception);

            // Who has given up waiting does not look.
            _ = _woken.Task.Exception;
        }

        public void Dispose()
        {
            lock (waiters._lock)
                waiters._waiting.Remove(this);
        }
    }
}
