using Doozer.Tree;

namespace Doozer.Tests.Tree;

public sealed class HistoryTests
{
    private static readonly Glob All = GlobTests.Parse("/**");

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 4)]
    [InlineData(5, 1)]
    [InlineData(5, 3)]
    [InlineData(8, 4)]
    [InlineData(10, 64)]
    public void Exactly_the_newest_revisions_can_be_read(int limit, int interval)
    {
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = limit, RootInterval = interval });
        for (int newest = 1; newest <= 40; newest++)
        {
            Write(tree, "/counter", newest);
            tree.Publish();

            int oldest = Math.Max(0, newest - limit + 1);
            tree.OldestRevision.ShouldBe(oldest);
            for (int revision = -1; revision <= newest + 1; revision++)
            {
                bool there = tree.TryGet(revision, out TreeVersion? snapshot);
                there.ShouldBe(revision >= oldest && revision <= newest, $"{revision} of {newest}");
                if (!there)
                    continue;
                snapshot!.Revision.ShouldBe(revision);
                snapshot.Lookup("/counter").Revision.ShouldBe(revision);
                snapshot.Lookup("/counter").Body.Length.ShouldBe(revision);
            }
        }
    }

    [Fact]
    public void Events_from_before_the_history_are_too_late()
    {
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 10, RootInterval = 4 });
        for (int i = 0; i < 25; i++)
            Write(tree, "/a", 1);
        tree.Publish();

        EventPage late = tree.ReadEvents(15, All, 100, 1000);
        late.TooLate.ShouldBeTrue();
        late.OldestRevision.ShouldBe(16);
        late.Revision.ShouldBe(25);
        late.Events.ShouldBeEmpty();
        tree.ReadEvents(0, All, 100, 1000).TooLate.ShouldBeTrue();
        EventPage all = tree.ReadEvents(16, All, 100, 1000);
        all.TooLate.ShouldBeFalse();
        all.Events.Select(e => e.Revision).ShouldBe(Enumerable.Range(16, 10).Select(r => (long)r));
        all.Next.ShouldBe(26);
    }

    [Fact]
    public void A_batch_may_be_longer_than_the_history()
    {
        var tree = new VersionedTree(new TreeOptions { HistoryLimit = 3, RootInterval = 2 });
        for (int i = 0; i < 50; i++)
            Write(tree, "/a", 1);
        tree.Publish();
        tree.OldestRevision.ShouldBe(48);
        tree.ReadEvents(48, All, 100, 1000).Events.Count.ShouldBe(3);
        tree.TryGet(48, out _).ShouldBeTrue();
    }

    [Fact]
    public void The_first_event_is_revision_one()
    {
        var tree = new VersionedTree(new TreeOptions());
        Write(tree, "/a", 1);
        tree.Publish();
        foreach (long from in new[] { -1L, 0, 1 })
        {
            EventPage page = tree.ReadEvents(from, All, 10, 1000);
            page.Events.Single().Revision.ShouldBe(1);
            page.Next.ShouldBe(2);
        }
    }

    [Fact]
    public void The_future_is_an_empty_page()
    {
        var tree = new VersionedTree(new TreeOptions());
        foreach (long from in new[] { 1L, 2, 1000, long.MaxValue })
        {
            EventPage page = tree.ReadEvents(from, All, 10, 1000);
            page.TooLate.ShouldBeFalse();
            page.Events.ShouldBeEmpty();
            page.Next.ShouldBe(from);
        }
    }

    [Fact]
    public void Events_tell_what_was_done()
    {
        var tree = new VersionedTree(new TreeOptions());
        tree.Apply(Command.Set("/a/b", "one"u8.ToArray(), 0));
        tree.Apply(Command.Set("/a/b", "no"u8.ToArray(), 0));
        tree.Apply(Command.Nop());
        tree.Apply(Command.Del("/a/b", -1));
        tree.Publish();
        tree.ReadEvents(1, All, 10, 1000).Events.Select(e => e.ToString())
            .ShouldBe(["1 Set /a/b (3 bytes)", "2 Nop / (0 bytes)", "3 Del /a/b (0 bytes)"]);
        tree.ReadEvents(1, GlobTests.Parse("/a/*"), 10, 1000).Events.Select(e => e.Revision).ShouldBe([1L, 3L]);
        tree.ReadEvents(2, GlobTests.Parse("/a/*"), 10, 1000).Events.Select(e => e.Revision).ShouldBe([3L]);
        tree.ReadEvents(1, GlobTests.Parse("/*"), 10, 1000).Events.Select(e => e.Revision).ShouldBe([2L]);
    }

    [Fact]
    public void Pages_are_bounded_by_count_and_bytes()
    {
        var tree = new VersionedTree(new TreeOptions());
        for (int i = 0; i < 10; i++)
            Write(tree, "/a", 100);
        tree.Publish();

        EventPage three = tree.ReadEvents(1, All, 3, long.MaxValue);
        (three.Events.Count, three.Next).ShouldBe((3, 4));
        EventPage bytes = tree.ReadEvents(4, All, 100, 150);
        (bytes.Events.Count, bytes.Next).ShouldBe((2, 6));
        EventPage one = tree.ReadEvents(6, All, 100, 0);
        (one.Events.Count, one.Next).ShouldBe((1, 7));
        Should.Throw<ArgumentOutOfRangeException>(() => tree.ReadEvents(1, All, 0, 1));
    }

    [Fact]
    public void A_scan_is_bounded_and_says_where_to_go_on()
    {
        var tree = new VersionedTree(new TreeOptions { ScanLimit = 10 });
        for (int i = 0; i < 25; i++)
            Write(tree, "/noise", 1);
        Write(tree, "/signal", 1);
        tree.Publish();

        Glob signal = GlobTests.Parse("/signal");
        long[] nexts = new long[3];
        EventPage page = default;
        long next = 1;
        for (int i = 0; i < 3; i++)
        {
            page = tree.ReadEvents(next, signal, 10, 1000);
            nexts[i] = next = page.Next;
        }

        nexts.ShouldBe([11L, 21L, 27L]);
        page.Events.Single().Revision.ShouldBe(26);
    }

    [Fact]
    public async Task Next_change_waits_for_the_next_publication()
    {
        var tree = new VersionedTree(new TreeOptions());
        Task first = tree.NextChange(0);
        tree.NextChange(0).ShouldBeSameAs(first, "all who wait share one task, so that none is left behind");
        Write(tree, "/a", 1);
        first.IsCompleted.ShouldBeFalse();
        tree.Publish();
        await first;

        tree.NextChange(0).IsCompleted.ShouldBeTrue();
        Task second = tree.NextChange(1);
        tree.Publish();
        tree.Apply(Command.Del("/missing", -1));
        tree.Publish();
        second.IsCompleted.ShouldBeFalse("nothing has changed");
        Write(tree, "/a", 1);
        tree.Publish();
        await second;
    }

    [Fact]
    public async Task Waiters_do_not_run_on_the_writers_thread()
    {
        var tree = new VersionedTree(new TreeOptions());
        var ran = new TaskCompletionSource<bool>();
        using var published = new ManualResetEventSlim();
        _ = tree.NextChange(0).ContinueWith(
            _ =>
            {
                published.Wait(TestContext.Current.CancellationToken);
                ran.SetResult(true);
            },
            TestContext.Current.CancellationToken,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        Write(tree, "/a", 1);

        // Would never return if it ran the continuation.
        tree.Publish();
        published.Set();
        (await ran.Task).ShouldBeTrue();
    }

    private static void Write(VersionedTree tree, string path, int length) =>
        tree.Apply(Command.Set(path, new byte[length], -1)).Outcome.ShouldBe(Outcome.Done);
}
