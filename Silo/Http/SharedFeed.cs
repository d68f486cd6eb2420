namespace Doozer.Silo.Http;

/// <summary>What streams have in common that get the same events at the same time.</summary>
/// <param name="Source">What they read from.</param>
/// <param name="Glob">Which paths.</param>
/// <param name="Mode">Whether to go on without a leader.</param>
/// <param name="Interval">How long to pause after events.</param>
internal readonly record struct FeedKey(object Source, string Glob, ReadMode Mode, TimeSpan Interval);

/// <summary>The feeds of a node that its event streams share.</summary>
internal sealed class SharedFeeds(TaskScheduler scheduler, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FeedKey, SharedFeed> _feeds = [];

    /// <summary>Joins those who get the same, until <see cref="SharedFeed.Leave"/>.</summary>
    /// <param name="key">What is the same.</param>
    /// <param name="from">Where to begin if there is no such feed yet.</param>
    /// <param name="read">Reads events from a revision on; waits for some, but not for ever.</param>
    public SharedFeed Join(FeedKey key, long from, Func<long, Task<WaitResult>> read)
    {
        lock (_lock)
        {
            if (!_feeds.TryGetValue(key, out SharedFeed? feed))
            {
                feed = new SharedFeed(key.Interval, from, read, time);
                _feeds.Add(key, feed);
                _ = Task.Factory.StartNew(
                    () => Run(key, feed), CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
            }

            feed.Join();
            return feed;
        }
    }

    private async Task Run(FeedKey key, SharedFeed feed)
    {
        try
        {
            while (!TryEnd(key, feed))
                await feed.Advance();
        }
        catch (Exception exception)
        {
            // Who comes next begins anew.
            lock (_lock)
                _feeds.Remove(key);
            feed.Fail(exception);
        }
    }

    private bool TryEnd(FeedKey key, SharedFeed feed)
    {
        lock (_lock)
            return feed.IsLeft && _feeds.Remove(key);
    }
}

/// <summary>
/// Events that are read once for all streams of a node that want the same. They form a chain, along which each stream goes as
/// fast as its client reads; who is far behind leaves it and reads for itself, so that the chain stays short.
/// </summary>
internal sealed class SharedFeed
{
    /// <summary>Most events of one delivery.</summary>
    public const int EventsAtOnce = 1000;

    /// <summary>So much may be kept for those who are behind.</summary>
    private const long MaxKeptBytes = 1 << 20;

    private readonly TimeSpan _interval;
    private readonly Func<long, Task<WaitResult>> _read;
    private readonly TimeProvider _time;
    private Link _newest;
    private int _streams;

    public SharedFeed(TimeSpan interval, long from, Func<long, Task<WaitResult>> read, TimeProvider time)
    {
        _interval = interval;
        _read = read;
        _time = time;
        _newest = new Link(new EventDelivery(new WaitResult([], from)), from, 0);
    }

    /// <summary>The end of the chain.</summary>
    public Link Newest => Volatile.Read(ref _newest);

    /// <summary>Whether nobody is left who gets this.</summary>
    public bool IsLeft => Volatile.Read(ref _streams) == 0;

    public void Join() => Interlocked.Increment(ref _streams);

    public void Leave() => Interlocked.Decrement(ref _streams);

    /// <summary>Whether a place in the chain is too far from its end to be kept.</summary>
    public bool IsFarBehind(Link link) => Newest.Bytes - link.Bytes > MaxKeptBytes;

    /// <summary>Reads on, and pauses once there is nothing more to read.</summary>
    public async Task Advance()
    {
        Link last = _newest;
        var delivery = new EventDelivery(await _read(last.End), isShared: true);
        Link link = new(delivery, last.End, last.Bytes + delivery.Bytes);
        Volatile.Write(ref _newest, link);
        last.Continue(link);
        if (_interval > TimeSpan.Zero && delivery.Result.Events.Length is > 0 and < EventsAtOnce)
            await Task.Delay(_interval, _time);
    }

    /// <summary>Tells all that there is nothing more to come, and why.</summary>
    public void Fail(Exception exception) => _newest.Fail(exception);

    /// <summary>A part of the chain.</summary>
    internal sealed class Link(EventDelivery delivery, long begin, long bytes)
    {
        private readonly TaskCompletionSource<Link> _following = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EventDelivery Delivery => delivery;

        /// <summary>The first revision that was looked at.</summary>
        public long Begin => begin;

        /// <summary>The first revision that was not.</summary>
        public long End => delivery.Result.Next;

        /// <summary>Bytes of all deliveries since the beginning.</summary>
        public long Bytes => bytes;

        /// <summary>The next part, once there is one.</summary>
        public Task<Link> Following => _following.Task;

        public void Continue(Link link) => _following.SetResult(link);

        public void Fail(Exception exception)
        {
            _following.SetException(exception);

            // Maybe nobody looks.
            _ = _following.Task.Exception;
        }
    }
}
