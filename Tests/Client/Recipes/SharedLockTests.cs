using Doozer.Client.Recipes;

namespace Doozer.Tests.Client.Recipes;

/// <summary>What more than one may hold: reader-writer locks and semaphores.</summary>
public sealed class SharedLockTests
{
    private const string Path = "/shared";

    private readonly TestStore _store = new();

    private static CancellationToken Token => ClientFixture.Token;

    [Fact]
    public async Task Many_read_and_one_writes()
    {
        Member member = await Member.Join(_store);
        var shared = new DistributedReaderWriterLock(member.Client, Path);
        LockHandle one = await shared.AcquireReadAsync(member.Session, cancellationToken: Token);
        LockHandle two = await shared.AcquireReadAsync(member.Session, cancellationToken: Token);
        (await shared.TryAcquireWriteAsync(member.Session, cancellationToken: Token)).ShouldBeNull();

        Task<LockHandle> writing = shared.AcquireWriteAsync(member.Session, cancellationToken: Token);
        (await shared.TryAcquireReadAsync(member.Session, cancellationToken: Token)).ShouldBeNull("the writer was there before");
        Task<LockHandle> reading = shared.AcquireReadAsync(member.Session, cancellationToken: Token);
        await two.DisposeAsync();
        await _store.RunUntil(() => member.Connection.Count("GetDir") >= 7);
        writing.IsCompleted.ShouldBeFalse("it waits for the other reader now");
        await one.DisposeAsync();
        LockHandle writer = await _store.Run(writing);
        reading.IsCompleted.ShouldBeFalse();
        await writer.DisposeAsync();
        await (await _store.Run(reading)).DisposeAsync();
        (await _store.FilesIn(Path)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reader_waits_for_no_reader()
    {
        Member member = await Member.Join(_store);
        var shared = new DistributedReaderWriterLock(member.Client, Path);
        LockHandle writer = await shared.AcquireWriteAsync(member.Session, cancellationToken: Token);
        Task<LockHandle>[] reading =
        [
            .. Enumerable.Range(0, 3).Select(_ => shared.AcquireReadAsync(member.Session, cancellationToken: Token)),
        ];
        await writer.DisposeAsync();
        await _store.RunUntil(() => reading.All(task => task.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task A_semaphore_has_so_many_leases_and_no_more()
    {
        Member[] members = [await Member.Join(_store), await Member.Join(_store), await Member.Join(_store)];
        LockHandle one = await Lease(members[0]);
        LockHandle two = await Lease(members[1]);
        Task<LockHandle> third = Lease(members[2]);
        Task<LockHandle> fourth = Lease(members[2]);
        await _store.RunUntil(() => members[2].Connection.Count("Wait") >= 2);
        third.IsCompleted.ShouldBeFalse();
        (await new DistributedSemaphore(members[0].Client, Path, 2).TryAcquireAsync(members[0].Session, cancellationToken: Token))
            .ShouldBeNull();

        await two.DisposeAsync();
        LockHandle three = await _store.Run(third);
        fourth.IsCompleted.ShouldBeFalse();
        (await _store.FilesIn(Path + "/leases")).Length.ShouldBe(2);
        await members[0].Session.CloseAsync(Token);
        LockHandle four = await _store.Run(fourth);
        await three.DisposeAsync();
        await four.DisposeAsync();
        (await _store.FilesIn(Path)).ShouldBeEmpty();
        one.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lease_that_comes_back_wakes_one_of_those_who_wait()
    {
        Member holder = await Member.Join(_store);
        LockHandle one = await Lease(holder);
        LockHandle two = await Lease(holder);
        var waiting = new List<Member>();
        var tasks = new List<Task<LockHandle>>();
        for (int i = 0; i < 4; i++)
        {
            waiting.Add(await Member.Join(_store));
            tasks.Add(Lease(waiting[i]));
            await _store.RunUntil(() => waiting[i].Connection.Count("Wait") > 0);
            waiting[i].Connection.Forget();
        }

        await one.DisposeAsync();
        await _store.Run(tasks[0]);
        await _store.RunUntil(() => waiting[1].Connection.Count("GetDir") == 2);
        waiting.Skip(2).ShouldAllBe(member => member.Connection.Count("GetDir") == 0);
        await two.DisposeAsync();
    }

    private static Task<LockHandle> Lease(Member member) =>
        new DistributedSemaphore(member.Client, Path, 2).AcquireAsync(member.Session, cancellationToken: Token);
}
