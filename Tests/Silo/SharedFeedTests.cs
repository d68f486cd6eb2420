using Doozer.Silo.Http;
using Microsoft.Extensions.Time.Testing;

namespace Doozer.Tests.Silo;

/// <summary>Event streams that want the same read once.</summary>
public sealed class SharedFeedTests
{
    private static readonly FeedKey Key = new("main", "/**", ReadMode.Linearizable, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new();
    private readonly SharedFeeds _feeds;
    private readonly Events _events = new();

    public SharedFeedTests() => _feeds = new SharedFeeds(TaskScheduler.Default, _time);

    [Fact]
    public async Task Streams_that_want_the_same_share_what_is_read()
    {
        using EventFeed one = Open(from: 1);
        using EventFeed other = Open(from: 1);
        _events.Add(1, 2);
        (await one.Next()).ShouldBeSameAs(await other.Next());
        _events.Add(3);
        EventDelivery second = await one.Next();
        second.ShouldBeSameAs(await other.Next());
        second.Result.Events.Select(e => e.Revision).ShouldBe([3]);
        _events.Reads.ShouldBeLessThanOrEqualTo(3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Who_comes_later_misses_nothing_and_gets_nothing_twice(int from)
    {
        _events.Add(1, 2);
        using EventFeed one = Open(from: 1);
        (await one.Next()).Result.Next.ShouldBe(3);
        using EventFeed other = Open(from);
        _events.Add(3, 4);
        (await one.Next()).Result.Next.ShouldBe(5);
        _events.Add(5, 6);
        List<long> seen = [];
        while (seen.LastOrDefault() < 6)
            seen.AddRange((await other.Next()).Result.Events.Select(e => e.Revision));
        seen.ShouldBe(Enumerable.Range(from, 7 - from).Select(revision => (long)revision));
    }

    [Fact]
    public async Task Who_is_far_behind_reads_for_itself()
    {
        using EventFeed fast = Open(from: 1);
        using EventFeed slow = Open(from: 1);
        const int Count = 30;
        for (int i = 1; i <= Count; i++)
        {
            _events.AddOf(50_000, i);
            (await fast.Next()).Result.Events.ShouldHaveSingleItem();
        }

        int reads = _events.Reads;
        EventDelivery all = await slow.Next();
        all.Result.Events.Select(e => e.Revision).ShouldBe(Enumerable.Range(1, Count).Select(revision => (long)revision));
        _events.Reads.ShouldBe(reads + 1);
        _events.AddOf(1, Count + 1);
        (await slow.Next()).ShouldBeSameAs(await fast.Next());
    }

    [Fact]
    public async Task After_events_there_is_a_pause_if_one_is_wanted()
    {
        FeedKey paced = Key with { Interval = TimeSpan.FromSeconds(1) };
        using EventFeed feed = Open(from: 1, paced);
        _events.Add(1);
        (await feed.Next()).Result.Events.ShouldHaveSingleItem();
        _events.Add(2);
        _events.Add(3);
        Task<EventDelivery> next = feed.Next();
        await Until(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            return next.IsCompleted;
        });
        (await next).Result.Events.Select(e => e.Revision).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task A_failure_is_told_to_all_and_who_comes_next_begins_anew()
    {
        using EventFeed one = Open(from: 1);
        using EventFeed other = Open(from: 1);
        await Until(() => _events.Reading == 1);
        _events.Fail(new NoQuorumException("main", "2 of 3", ["n2"]));
        await Should.ThrowAsync<NoQuorumException>(one.Next);
        await Should.ThrowAsync<NoQuorumException>(other.Next);
        _events.Add(1);
        using EventFeed later = Open(from: 1);
        (await later.Next()).Result.Events.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Nobody_reads_for_streams_that_are_gone()
    {
        EventFeed feed = Open(from: 1);
        _events.Add(1);
        await feed.Next();
        feed.Dispose();
        _events.Add(2);
        await Until(() => _events.Reading == 0);
    }

    private static async Task Until(Func<bool> isSo)
    {
        while (!isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private EventFeed Open(long from, FeedKey? key = null) =>
        new(new WaitResult([], from), withBodies: true, _events.Read, _feeds.Join(key ?? Key, from, _events.Read));

    /// <summary>A history that grows.</summary>
    private sealed class Events
    {
        private readonly Lock _lock = new();
        private readonly List<FileEvent> _all = [];
        private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>How often events were read.</summary>
        public int Reads { get; private set; }

        /// <summary>How many are reading now.</summary>
        public int Reading { get; private set; }

        public void Add(params long[] revisions) => Add([.. revisions.Select(revision => Event(revision, 10))]);

        public void AddOf(int bytes, long revision) => Add([Event(revision, bytes)]);

        public void Fail(Exception exception)
        {
            lock (_lock)
            {
                _grown.SetException(exception);
                _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        public async Task<WaitResult> Read(long from)
        {
            lock (_lock)
                Reading++;
            try
            {
                return await Find(from);
            }
            finally
            {
                lock (_lock)
                    Reading--;
            }
        }

        private async Task<WaitResult> Find(long from)
        {
            while (true)
            {
                Task grown;
                lock (_lock)
                {
                    FileEvent[] found = [.. _all.Where(e => e.Revision >= from)];
                    if (found.Length > 0)
                    {
                        Reads++;
                        return new WaitResult(found, found[^1].Revision + 1);
                    }

                    grown = _grown.Task;
                }

                await grown;
            }
        }

        private void Add(FileEvent[] events)
        {
            lock (_lock)
            {
                _all.AddRange(events);
                _grown.SetResult();
                _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        private static FileEvent Event(long revision, int bytes) =>
            new(revision, FileEventKind.Set, "/a", new byte[bytes], 0, revision);
    }
}
