using Doozer.Namespaces;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Cluster;

public sealed class EventWaitersTests : IDisposable
{
    private readonly VersionedTree _tree = new(new TreeOptions { HistoryLimit = 4 });
    private readonly Latest<Leadership> _leadership = new(new Leadership("n1", Ballot.Zero, 0));
    private readonly TaskCompletionSource _stopping = new();
    private readonly LogLines _lines = new();
    private readonly BreakableWaiters _waiters;

    public EventWaitersTests() => _waiters = new BreakableWaiters(
        _tree, _leadership, _stopping.Task, TaskScheduler.Default, _lines);

    public void Dispose() => _lines.Dispose();

    [Theory]
    [InlineData("/a/b")]
    [InlineData("/a/*")]
    [InlineData("/a/?")]
    [InlineData("/**")]
    [InlineData("/a/**")]
    [InlineData("/a/b*")]
    [InlineData("/*/b")]
    [InlineData("/a/b,/c")]
    [InlineData("/c,/a/*")]
    [InlineData("/c/?,/c/*,/*/b")]
    public async Task Who_waits_for_a_file_is_woken_by_its_change(string glob)
    {
        using EventWaiters.Waiter waiter = Add(glob, 1);

        Set("/a/b");

        await waiter.Woken;
    }

    [Theory]
    [InlineData("/a")]
    [InlineData("/a/b/c")]
    [InlineData("/a/c*")]
    [InlineData("/b/**")]
    [InlineData("/*")]
    [InlineData("/a/b?")]
    [InlineData("/a/c,/a/d/*")]
    public async Task Others_sleep_on(string glob)
    {
        using EventWaiters.Waiter other = Add(glob, 1);
        using EventWaiters.Waiter waiter = Add("/a/b", 1);

        Set("/a/b");

        await waiter.Woken;
        other.Woken.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_revision_before_the_one_waited_for_wakes_nobody()
    {
        using EventWaiters.Waiter later = Add("/a", 2);
        using EventWaiters.Waiter waiter = Add("/a", 1);

        Set("/a");
        await waiter.Woken;
        later.Woken.IsCompleted.ShouldBeFalse();

        Set("/a");
        await later.Woken;
    }

    [Fact]
    public void What_is_published_before_one_waits_wakes_it_at_once()
    {
        Set("/a");

        using EventWaiters.Waiter waiter = Add("/b", 1);

        waiter.Woken.IsCompleted.ShouldBeTrue("it has to look for itself");
    }

    [Fact]
    public async Task Who_was_woken_or_gave_up_is_forgotten()
    {
        using EventWaiters.Waiter woken = Add("/a", 1);
        EventWaiters.Waiter gone = Add("/*", 1);
        gone.Dispose();
        using EventWaiters.Waiter last = Add("/b", 1);

        Set("/a");
        await woken.Woken;
        Set("/b");
        await last.Woken;

        gone.Woken.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_waits_for_several_files_is_forgotten_under_all_of_them()
    {
        using EventWaiters.Waiter woken = Add("/a,/b,/c*,/c?", 1);
        EventWaiters.Waiter gone = Add("/b,/c*", 1);
        gone.Dispose();
        Set("/b");
        await woken.Woken;

        // With nobody left it looks no more, and begins anew with the next.
        using EventWaiters.Waiter next = Add("/a,/d", 2);
        Set("/a");
        await next.Woken;
        gone.Woken.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task All_are_woken_when_history_has_let_go_what_they_did_not_see()
    {
        using EventWaiters.Waiter waiter = Add("/none", 1);
        for (int i = 0; i < 5000; i++)
            _tree.Apply(Command.Set("/a", ReadOnlyMemory<byte>.Empty, Command.Clobber, Guid.Empty));
        _tree.Publish();
        _tree.OldestRevision.ShouldBeGreaterThan(1);

        await waiter.Woken;
    }

    [Fact]
    public async Task All_are_woken_when_another_leads()
    {
        using EventWaiters.Waiter first = Add("/a", 1);
        _leadership.Publish(new Leadership(null, Ballot.Zero, 1));
        await first.Woken;

        using EventWaiters.Waiter second = Add("/a", 1);
        _leadership.Publish(new Leadership("n2", Ballot.Zero, 2));
        await second.Woken;
    }

    [Fact]
    public async Task Who_saw_an_earlier_leader_is_woken()
    {
        Leadership led = _leadership.Value;
        using EventWaiters.Waiter first = Add("/a", 1);
        _leadership.Publish(new Leadership("n2", Ballot.Zero, 1));
        await first.Woken;

        using EventWaiters.Waiter late = _waiters.Add(GlobOf("/a"), 1, led);

        await late.Woken;
    }

    /// <summary>It would look again, see the same, and never let those run who wake it.</summary>
    [Fact]
    public async Task Who_has_seen_all_sleeps_also_before_others_are_woken()
    {
        using var gate = new ManualResetEventSlim();
        TaskScheduler busy = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        Task occupied = Task.Factory.StartNew(
            gate.Wait, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, busy);
        var waiters = new EventWaiters(_tree, _leadership, _stopping.Task, busy, _lines);
        using EventWaiters.Waiter first = waiters.Add(GlobOf("/a"), 1, _leadership.Value);
        _leadership.Publish(new Leadership("n2", Ballot.Zero, 1));

        using EventWaiters.Waiter second = waiters.Add(GlobOf("/a"), 1, _leadership.Value);

        second.Woken.IsCompleted.ShouldBeFalse();
        gate.Set();
        await occupied;
        await first.Woken;
    }

    [Fact]
    public async Task All_are_woken_when_the_node_stops()
    {
        using EventWaiters.Waiter waiter = Add("/a", 1);

        _stopping.SetResult();

        await waiter.Woken;
        Add("/a", 1).Woken.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_waits_is_told_when_events_cannot_be_looked_at_and_who_comes_next_waits_as_ever()
    {
        using EventWaiters.Waiter waiter = Add("/b", 1);
        _waiters.IsBroken = true;
        Set("/a");
        (await Should.ThrowAsync<InvalidDataException>(waiter.Woken)).Message.ShouldBe("broken");
        _lines.Count("Events could not be looked at").ShouldBe(1);

        _waiters.IsBroken = false;
        using EventWaiters.Waiter next = Add("/a", 2);
        Set("/a");
        await next.Woken;
    }

    private EventWaiters.Waiter Add(string glob, long from) => _waiters.Add(GlobOf(glob), from, _leadership.Value);

    private void Set(string path)
    {
        _tree.Apply(Command.Set(path, ReadOnlyMemory<byte>.Empty, Command.Clobber, Guid.Empty));
        _tree.Publish();
    }

    private sealed class BreakableWaiters(
        VersionedTree tree, Latest<Leadership> leadership, Task stopping, TaskScheduler scheduler, ILogger logger)
        : EventWaiters(tree, leadership, stopping, scheduler, logger)
    {
        public volatile bool IsBroken;

        protected override EventPage Read(long from) => IsBroken ? throw new InvalidDataException("broken") : base.Read(from);
    }

    private static Glob GlobOf(string pattern) => Glob.TryParse(pattern, out Glob? glob, out string? reason)
        ? glob
        : throw new ArgumentException(reason);
}
