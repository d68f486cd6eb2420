using Doozer.Client;
using Doozer.Client.Locks;
using Medallion.Threading;
using Microsoft.Extensions.DependencyInjection;

namespace Doozer.Tests.Client.Locks;

public sealed class LockProviderTests : IAsyncDisposable
{
    private readonly TestStore _store = new();
    private readonly IDoozerClient _client;
    private readonly TestConnection _connection;
    private readonly ServiceProvider _services;

    public LockProviderTests()
    {
        (_client, _connection) = _store.Connect();
        _services = new ServiceCollection().AddSingleton(_client).AddDoozerLocks().BuildServiceProvider();
    }

    private static CancellationToken Token => ClientFixture.Token;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    [Fact]
    public async Task A_lock_is_held_by_one_at_a_time()
    {
        IDistributedLockProvider locks = _services.GetRequiredService<IDistributedLockProvider>();
        IDistributedLock one = locks.CreateLock("orders");
        one.Name.ShouldBe("orders");
        var held = (DoozerDistributedSynchronizationHandle)await one.AcquireAsync(cancellationToken: Token);
        (await locks.TryAcquireLockAsync("orders", TimeSpan.Zero, Token)).ShouldBeNull();
        (await locks.TryAcquireLockAsync("others", TimeSpan.Zero, Token)).ShouldNotBeNull();
        Task<IDistributedSynchronizationHandle> waiting = locks.AcquireLockAsync("orders", cancellationToken: Token).AsTask();
        held.HandleLostToken.IsCancellationRequested.ShouldBeFalse();
        await held.DisposeAsync();
        var next = (DoozerDistributedSynchronizationHandle)await _store.Run(waiting);
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
        _connection.Count("OpenSession").ShouldBe(1);
    }

    [Fact]
    public async Task Readers_share_and_writers_do_not()
    {
        IDistributedReaderWriterLockProvider locks = _services.GetRequiredService<IDistributedReaderWriterLockProvider>();
        await using IDistributedSynchronizationHandle one = await locks.AcquireReadLockAsync("a", cancellationToken: Token);
        await using IDistributedSynchronizationHandle two = await locks.AcquireReadLockAsync("a", cancellationToken: Token);
        (await locks.TryAcquireWriteLockAsync("a", TimeSpan.Zero, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_semaphore_lets_so_many_in()
    {
        IDistributedSemaphoreProvider semaphores = _services.GetRequiredService<IDistributedSemaphoreProvider>();
        IDistributedSemaphore semaphore = semaphores.CreateSemaphore("a", 2);
        semaphore.MaxCount.ShouldBe(2);
        IDistributedSynchronizationHandle one = await semaphore.AcquireAsync(cancellationToken: Token);
        await using IDistributedSynchronizationHandle two = await semaphore.AcquireAsync(cancellationToken: Token);
        (await semaphore.TryAcquireAsync(cancellationToken: Token)).ShouldBeNull();
        await one.DisposeAsync();
        (await semaphore.TryAcquireAsync(cancellationToken: Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Synchronous_methods_do_the_same()
    {
        IDistributedLock one = _services.GetRequiredService<IDistributedLockProvider>().CreateLock("a");
        using (IDistributedSynchronizationHandle held = one.Acquire(cancellationToken: Token))
            one.TryAcquire(cancellationToken: Token).ShouldBeNull();
        using IDistributedSynchronizationHandle? again = one.TryAcquire(cancellationToken: Token);
        again.ShouldNotBeNull();
        Task<IDistributedSynchronizationHandle> late = Task.Run(() => one.Acquire(TimeSpan.FromSeconds(3), Token), Token);
        await _store.RunUntil(() => late.IsCompleted);
        await Should.ThrowAsync<TimeoutException>(late);
    }

    [Fact]
    public async Task A_session_that_was_lost_is_replaced()
    {
        IDistributedLock one = _services.GetRequiredService<IDistributedLockProvider>().CreateLock("a");
        IDistributedSynchronizationHandle held = await one.AcquireAsync(cancellationToken: Token);
        CancellationToken lost = held.HandleLostToken;
        bool isCutOff = true;
        _connection.Faults = (_, _) => isCutOff ? Fault.NotDone : Fault.None;
        await _store.RunUntil(() => lost.IsCancellationRequested);
        isCutOff = false;
        IDistributedSynchronizationHandle next = await _store.Run(one.AcquireAsync(cancellationToken: Token).AsTask());
        next.HandleLostToken.IsCancellationRequested.ShouldBeFalse();
        _connection.Count("OpenSession").ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Who_waits_while_its_session_is_lost_waits_on_with_the_next()
    {
        (IDoozerClient other, _) = _store.Connect();
        await using var elsewhere = new DoozerDistributedSynchronizationProvider(other, new DoozerLocksOptions());
        DoozerDistributedSynchronizationHandle held = await elsewhere.CreateLock("a").AcquireAsync(cancellationToken: Token);
        IDistributedLockProvider locks = _services.GetRequiredService<IDistributedLockProvider>();
        Task<IDistributedSynchronizationHandle> waiting = locks.AcquireLockAsync("a", cancellationToken: Token).AsTask();
        _connection.Faults = (method, _) => method == "KeepAlive" ? Fault.NotDone : Fault.None;
        await _store.RunUntil(() => _connection.Count("OpenSession") == 2);
        _connection.Faults = static (_, _) => Fault.None;
        await held.DisposeAsync();
        await _store.Run(waiting);
    }

    [Fact]
    public async Task Any_name_will_do_and_no_two_are_the_same()
    {
        string[] names =
        [
            "", ".", "..", "a/b", "a.b", "a.2fb", "a b", "Öl", "öl", "a\0", "..e3b0c442",
            new string('x', 500), new string('x', 501),
        ];
        await using var locks = new DoozerDistributedSynchronizationProvider(_client, new DoozerLocksOptions());
        foreach (string name in names)
            (await locks.CreateLock(name).TryAcquireAsync(cancellationToken: Token)).ShouldNotBeNull(name);
        (await _store.FilesIn("/locks/lock")).Length.ShouldBe(names.Length);
    }

    [Fact]
    public async Task Closing_the_provider_gives_everything_up()
    {
        await _services.GetRequiredService<IDistributedLockProvider>().AcquireLockAsync("a", cancellationToken: Token);
        await _services.DisposeAsync();
        (await _store.FilesIn("/locks")).ShouldBeEmpty();
    }
}
