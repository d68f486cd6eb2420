using Doozer.Client;
using Doozer.Client.Recipes;

namespace Doozer.Tests.Client.Recipes;

public sealed class LockTests
{
    private const string Path = "/locks/a";

    private readonly TestStore _store = new();

    private static CancellationToken Token => ClientFixture.Token;

    [Fact]
    public async Task Those_who_wait_get_the_lock_in_the_order_in_which_they_asked()
    {
        Member[] members = await Join(5);
        LockHandle first = await Acquire(members[0]);
        var waiting = new List<Task<LockHandle>>();
        for (int i = 1; i < members.Length; i++)
            waiting.Add(await Queue(members[i]));
        waiting.ShouldAllBe(task => !task.IsCompleted);

        long token = first.FencingToken;
        await first.DisposeAsync();
        foreach (Task<LockHandle> next in waiting)
        {
            LockHandle handle = await _store.Run(next);
            handle.FencingToken.ShouldBeGreaterThan(token);
            token = handle.FencingToken;
            waiting.Count(task => task.IsCompleted).ShouldBe(waiting.IndexOf(next) + 1, "one holds it at a time");
            await handle.DisposeAsync();
        }

        (await _store.FilesIn(Path)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_leaves_wakes_the_next_alone()
    {
        Member[] members = await Join(6);
        LockHandle first = await Acquire(members[0]);
        var waiting = new List<Task<LockHandle>>();
        for (int i = 1; i < members.Length; i++)
            waiting.Add(await Queue(members[i]));
        foreach (Member member in members)
            member.Connection.Forget();

        await members[0].Session.CloseAsync(Token);
        await _store.Run(waiting[0]);

        // Polls that end without news may be any number; who is woken lists the line.
        members[1].Connection.Count("GetDir").ShouldBe(1);
        members.Skip(2).Sum(member => member.Connection.Count("GetDir")).ShouldBe(0);
        first.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_is_passed_the_lock_holds_it_without_a_look()
    {
        Member[] members = await Join(4);
        LockHandle first = await Acquire(members[0]);
        var waiting = new List<Task<LockHandle>>();
        for (int i = 1; i < members.Length; i++)
            waiting.Add(await Queue(members[i]));
        foreach (Member member in members)
            member.Connection.Forget();

        await first.DisposeAsync();
        foreach (Task<LockHandle> next in waiting)
            await (await _store.Run(next)).DisposeAsync();

        // Polls and signs of life may be any number.
        members.SelectMany(member => member.Connection.Calls).Except(["KeepAlive", "Wait"]).ShouldBe(["Transact"]);
        (await _store.FilesIn(Path)).ShouldBeEmpty();
    }

    /// <summary>By the time it gave up, somebody else held the lock.</summary>
    [Fact]
    public async Task Who_gives_up_passes_nothing_on()
    {
        Member[] members = await Join(3);
        await using LockHandle first = await Acquire(members[0]);
        using var stop = new CancellationTokenSource();
        await Queue(members[1], stop.Token);
        Task<LockHandle> third = await Queue(members[2]);
        await stop.CancelAsync();
        await _store.RunUntil(() => members[2].Connection.Count("GetDir") == 2);
        await _store.RunUntil(() => members[2].Connection.Count("Wait") >= 2);
        third.IsCompleted.ShouldBeFalse();
        members[1].Connection.Count("Transact").ShouldBe(0);
    }

    [Fact]
    public async Task A_lock_can_be_given_up_when_there_is_no_room_to_pass_it_on()
    {
        Member[] members = await Join(2);
        LockHandle first = await Acquire(members[0]);
        Task<LockHandle> second = await Queue(members[1]);
        _store.Tree.FailureOfTransactions = new TransactionFailedException(0, new StoreFullException(first.Path, 1, 1));
        await first.DisposeAsync();
        await _store.Run(second);
        members[0].Connection.Count("Del").ShouldBe(1);
    }

    [Fact]
    public async Task When_one_in_the_middle_gives_up_the_next_waits_for_the_one_before()
    {
        Member[] members = await Join(3);
        LockHandle first = await Acquire(members[0]);
        using var stop = new CancellationTokenSource();
        Task<LockHandle> second = await Queue(members[1], stop.Token);
        Task<LockHandle> third = await Queue(members[2]);

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
        await _store.RunUntil(() => members[2].Connection.Count("GetDir") == 2);
        third.IsCompleted.ShouldBeFalse();
        await first.DisposeAsync();
        await (await _store.Run(third)).DisposeAsync();
        (await _store.FilesIn(Path)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Trying_for_a_lock_that_is_held_writes_nothing()
    {
        Member[] members = await Join(2);
        await using LockHandle held = await Acquire(members[0]);
        long revision = _store.Tree.Revision;
        (await new DistributedLock(members[1].Client, Path).TryAcquireAsync(members[1].Session, cancellationToken: Token))
            .ShouldBeNull();
        _store.Tree.Revision.ShouldBe(revision);
        await held.DisposeAsync();
        (await new DistributedLock(members[1].Client, Path).TryAcquireAsync(members[1].Session, cancellationToken: Token))
            .ShouldNotBeNull();
    }

    [Fact]
    public async Task Waiting_ends_when_the_time_is_up()
    {
        Member[] members = await Join(2);
        await using LockHandle held = await Acquire(members[0]);
        var wanted = new DistributedLock(members[1].Client, Path);
        TimeSpan began = _store.Time.Now;
        Task<LockHandle?> trying = wanted.TryAcquireAsync(members[1].Session, TimeSpan.FromSeconds(5), Token);
        (await _store.Run(trying)).ShouldBeNull();
        (_store.Time.Now - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(5));
        Task<LockHandle> acquiring = wanted.AcquireAsync(members[1].Session, TimeSpan.FromSeconds(5), Token);
        await _store.RunUntil(() => acquiring.IsCompleted);
        await Should.ThrowAsync<TimeoutException>(acquiring);
        await UntilOnly(held);
    }

    [Fact]
    public async Task A_holder_that_is_cut_off_knows_before_another_has_the_lock()
    {
        Member[] members = await Join(2);
        LockHandle first = await Acquire(members[0]);
        CancellationToken lost = first.Lost;
        Task<LockHandle> second = await Queue(members[1]);
        TimeSpan? lostAt = null;
        await using CancellationTokenRegistration _ = lost.Register(() => lostAt = _store.Time.Now);
        members[0].CutOff();

        LockHandle handle = await _store.Run(second);
        members[0].Session.IsAlive.ShouldBeFalse();
        lost.IsCancellationRequested.ShouldBeTrue();
        await _store.RunUntil(() => lostAt is not null);
        handle.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        handle.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_gets_the_news_after_the_end_of_its_session_does_not_get_the_lock()
    {
        Member[] members = await Join(2);
        LockHandle first = await Acquire(members[0]);
        Task<LockHandle> second = await Queue(members[1]);

        // The process stands still: no timer of its own runs, and then the news is the first that it hears.
        _store.Time.Pass(TimeSpan.FromSeconds(9.5));
        await first.DisposeAsync();
        await Should.ThrowAsync<SessionExpiredException>(second);
    }

    [Fact]
    public async Task Waiting_ends_with_the_session()
    {
        Member[] members = await Join(2);
        await using LockHandle first = await Acquire(members[0]);
        Task<LockHandle> second = await Queue(members[1]);
        await members[1].Session.CloseAsync(Token);
        await Should.ThrowAsync<SessionExpiredException>(second);
        await UntilOnly(first);
        await Should.ThrowAsync<SessionExpiredException>(Acquire(members[1]));
    }

    [Fact]
    public async Task A_lock_whose_file_somebody_deletes_is_lost()
    {
        Member[] members = await Join(2);
        LockHandle first = await Acquire(members[0]);
        CancellationToken lost = first.Lost;
        await members[1].Client.DeleteAsync(first.Path, Revisions.Clobber, cancellationToken: Token);
        await _store.RunUntil(() => lost.IsCancellationRequested);
        members[0].Session.IsAlive.ShouldBeTrue();
        await first.DisposeAsync();
    }

    [Fact]
    public async Task Giving_a_lock_up_is_not_losing_it()
    {
        Member[] members = await Join(1);
        LockHandle held = await Acquire(members[0]);
        CancellationToken lost = held.Lost;
        await held.DisposeAsync();
        await held.DisposeAsync();
        _store.Time.RunFor(TimeSpan.FromSeconds(30));
        lost.IsCancellationRequested.ShouldBeFalse();
        members[0].Connection.Count("Transact").ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_place_that_somebody_deletes_is_not_waited_at(bool isPassedOn)
    {
        Member[] members = await Join(2);
        LockHandle first = await Acquire(members[0]);
        Task<LockHandle> second = await Queue(members[1]);
        string name = (await _store.FilesIn(Path)).Single(name => !first.Path.EndsWith(name, StringComparison.Ordinal));
        await members[0].Client.DeleteAsync($"{Path}/{name}", Revisions.Clobber, cancellationToken: Token);
        if (isPassedOn)
            await first.DisposeAsync();
        await _store.RunUntil(() => second.IsCompleted);
        await Should.ThrowAsync<NotHeldException>(second);
    }

    [Fact]
    public async Task A_store_without_a_leader_for_a_moment_is_a_pause()
    {
        Member[] members = await Join(2);
        LockHandle first = await Acquire(members[0]);
        Task<LockHandle> second = await Queue(members[1]);
        TimeSpan back = _store.Time.Now + TimeSpan.FromSeconds(4);
        foreach (Member member in members)
            member.Connection.Faults = (_, _) => _store.Time.Now < back ? Fault.NotDone : Fault.None;

        Task release = first.DisposeAsync().AsTask();
        LockHandle handle = await _store.Run(second);
        await release;
        _store.Time.Now.ShouldBeGreaterThanOrEqualTo(back);
        members.ShouldAllBe(member => member.Session.IsAlive);
        await handle.DisposeAsync();
    }

    [Fact]
    public async Task A_session_of_another_namespace_is_refused()
    {
        Member[] members = await Join(1);
        var elsewhere = new DistributedLock(members[0].Client.Namespace("other"), Path);
        await Should.ThrowAsync<ArgumentException>(() => elsewhere.AcquireAsync(members[0].Session, cancellationToken: Token));
    }

    private async Task<Member[]> Join(int count)
    {
        var members = new Member[count];
        for (int i = 0; i < count; i++)
            members[i] = await Member.Join(_store);
        return members;
    }

    private static Task<LockHandle> Acquire(Member member, CancellationToken? stop = null) =>
        new DistributedLock(member.Client, Path).AcquireAsync(member.Session, cancellationToken: stop ?? Token);

    /// <summary>Completes when the member waits for whoever is before it.</summary>
    private async Task<Task<LockHandle>> Queue(Member member, CancellationToken? stop = null)
    {
        Task<LockHandle> waiting = Acquire(member, stop);
        await _store.RunUntil(() => member.Connection.Count("Wait") > 0);
        return waiting;
    }

    private Task UntilOnly(LockHandle held) =>
        _store.RunUntil(() => _store.FilesIn(Path).Result is [{ } name] && held.Path.EndsWith(name, StringComparison.Ordinal));
}
