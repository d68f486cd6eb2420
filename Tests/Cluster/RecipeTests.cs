using Doozer.Client;
using Doozer.Client.Recipes;
using Microsoft.Extensions.DependencyInjection;

namespace Doozer.Tests.Cluster;

/// <summary>Sessions, transactions and recipes on a cluster that loses its leader.</summary>
public sealed class RecipeTests : IAsyncLifetime
{
    private const string Path = "/locks/a";

    private DoozerCluster _cluster = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IDoozerClient Client => _cluster.ClientServices.GetRequiredService<IDoozerClient>();

    public async ValueTask InitializeAsync() => _cluster = await DoozerCluster.Start();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_lock_outlives_the_leader_and_goes_to_who_waits_when_its_holder_dies()
    {
        await using Session session = await Client.OpenSessionAsync(TimeSpan.FromMinutes(1), cancellationToken: Token);
        LockHandle held = await new DistributedLock(Client, Path).AcquireAsync(session, cancellationToken: Token);
        await using Session other = await Client.OpenSessionAsync(TimeSpan.FromMinutes(1), cancellationToken: Token);
        Task<LockHandle> waiting = new DistributedLock(Client, Path).AcquireAsync(other, cancellationToken: Token);

        await _cluster.Kill(await _cluster.LeaderSeenBy(0));
        (await new DistributedLock(Client, Path).TryAcquireAsync(other, cancellationToken: Token)).ShouldBeNull();
        waiting.IsCompleted.ShouldBeFalse();
        held.Lost.IsCancellationRequested.ShouldBeFalse();

        await session.CloseAsync(Token);
        await using LockHandle next = await waiting.WaitAsync(TimeSpan.FromMinutes(1), Token);
        next.FencingToken.ShouldBeGreaterThan(held.FencingToken);
    }

    [Fact]
    public async Task A_hundred_locks_outlive_the_leader()
    {
        await using Session session = await Client.OpenSessionAsync(TimeSpan.FromMinutes(1), cancellationToken: Token);
        LockHandle[] held = await Task.WhenAll(Enumerable.Range(0, 100).Select(
            number => new DistributedLock(Client, $"/many/{number}").AcquireAsync(session, cancellationToken: Token)));
        CancellationToken[] lost = Array.ConvertAll(held, handle => handle.Lost);
        (string, long)[] files = [.. held.Select(handle => (handle.Path, handle.FencingToken)).Order()];

        await _cluster.Kill(await _cluster.LeaderSeenBy(0));
        await Client.NopAsync(cancellationToken: Token);

        (await HeldBy(session)).ShouldBe(files);
        lost.ShouldAllBe(each => !each.IsCancellationRequested);
        session.IsAlive.ShouldBeTrue();
        await Task.WhenAll(held.Select(handle => handle.DisposeAsync().AsTask()));
        lost.ShouldAllBe(each => !each.IsCancellationRequested);
        (await HeldBy(session)).ShouldBeEmpty();
    }

    /// <summary>The one session is opened as another program would, which then does not say that it lives.</summary>
    [Fact]
    public async Task Who_is_silent_for_its_ttl_loses_what_it_holds_and_who_is_not_does_not()
    {
        long silent = await _cluster.On(0).OpenSession(Limits.ShortestTtl, "silent");
        await Client.SetAsync($"{Path}/lock-1", default, Revisions.Missing, session: silent, cancellationToken: Token);
        await using Session session = await Client.OpenSessionAsync(TimeSpan.FromSeconds(20), cancellationToken: Token);
        await using LockHandle held = await new DistributedLock(Client, Path).AcquireAsync(session, cancellationToken: Token);
        await Should.ThrowAsync<SessionExpiredException>(
            () => Client.SetAsync("/late", default, Revisions.Missing, session: silent, cancellationToken: Token));
        session.IsAlive.ShouldBeTrue();
    }

    [Fact]
    public async Task Two_who_count_lose_nothing_while_the_leader_dies()
    {
        Task[] counting = [Count(), Count()];
        await _cluster.Kill(await _cluster.LeaderSeenBy(0));
        await Task.WhenAll(counting).WaitAsync(TimeSpan.FromMinutes(1), Token);
        (await Client.GetAsync("/counter", cancellationToken: Token)).Body.ShouldBe([40]);
    }

    private async Task<(string Path, long Revision)[]> HeldBy(Session session)
    {
        var held = new List<(string, long)>();
        await foreach (WalkedFile file in Client.WalkAsync("/many/**", cancellationToken: Token))
        {
            if (file.Session == session.Id)
                held.Add((file.Path, file.Revision));
        }

        held.Sort();
        return [.. held];
    }

    private async Task Count()
    {
        for (int i = 0; i < 20; i++)
        {
            await Client.TransactAsync(
                async transaction =>
                {
                    FileContent file = await transaction.GetAsync("/counter");
                    transaction.Set("/counter", new[] { (byte)(file.Exists ? file.Body[0] + 1 : 1) });
                },
                attempts: 1000,
                Token);
        }
    }
}
