using System.Text;
using Doozer.Client;
using Doozer.Client.Recipes;

namespace Doozer.Tests.Client.Recipes;

/// <summary>Registered services, and barriers.</summary>
public sealed class RegistryTests
{
    private readonly TestStore _store = new();

    private static CancellationToken Token => ClientFixture.Token;

    [Fact]
    public async Task Followers_see_instances_come_change_and_go()
    {
        (Member one, Member other) = (await Member.Join(_store), await Member.Join(_store));
        var registry = new ServiceRegistry(one.Client, "/services");
        await using IAsyncEnumerator<IReadOnlyList<ServiceInstance>> seen =
            new ServiceRegistry(other.Client, "/services").FollowAsync("web", Token).GetAsyncEnumerator(Token);
        (await Next(seen)).ShouldBe("");
        ServiceRegistration a = await registry.RegisterAsync(one.Session, "web", "a", "1"u8.ToArray(), Token);
        (await Next(seen)).ShouldBe("a=1");
        await registry.RegisterAsync(one.Session, "mail", "a", "9"u8.ToArray(), Token);
        await registry.RegisterAsync(one.Session, "web", "b", "2"u8.ToArray(), Token);
        (await Next(seen)).ShouldBe("a=1 b=2");
        await a.UpdateAsync("3"u8.ToArray(), Token);
        (await Next(seen)).ShouldBe("a=3 b=2");
        await a.DisposeAsync();
        (await Next(seen)).ShouldBe("b=2");
        await one.Session.CloseAsync(Token);
        (await Next(seen)).ShouldBe("");
    }

    [Fact]
    public async Task Followers_never_see_half_a_transaction()
    {
        Member member = await Member.Join(_store);
        await using IAsyncEnumerator<IReadOnlyList<ServiceInstance>> seen =
            new ServiceRegistry(member.Client, "/services").FollowAsync("web", Token).GetAsyncEnumerator(Token);
        (await Next(seen)).ShouldBe("");
        await member.Client.TransactAsync(
            [Change.Set("/services/web/a", "1"u8.ToArray()), Change.Set("/x", []), Change.Set("/services/web/b", "2"u8.ToArray()),
                Change.Set("/y", [])],
            cancellationToken: Token);
        (await Next(seen)).ShouldBe("a=1 b=2");
    }

    [Fact]
    public async Task Who_registers_by_the_name_of_another_takes_its_place()
    {
        (Member old, Member next) = (await Member.Join(_store), await Member.Join(_store));
        ServiceRegistration first = await new ServiceRegistry(old.Client, "/services")
            .RegisterAsync(old.Session, "web", "a", "1"u8.ToArray(), Token);
        await new ServiceRegistry(next.Client, "/services").RegisterAsync(next.Session, "web", "a", "2"u8.ToArray(), Token);
        await Should.ThrowAsync<NotHeldException>(() => first.UpdateAsync("3"u8.ToArray(), Token));
        await first.DisposeAsync();
        await old.Session.CloseAsync(Token);
        (await next.Client.GetAsync("/services/web/a", cancellationToken: Token)).Body.ShouldBe("2"u8.ToArray());
    }

    [Fact]
    public async Task A_barrier_holds_up_until_it_opens()
    {
        (Member one, Member other) = (await Member.Join(_store), await Member.Join(_store));
        var barrier = new DistributedBarrier(one.Client, "/barrier");
        await new DistributedBarrier(other.Client, "/barrier").WaitAsync(Token);
        (await barrier.TryCloseAsync(one.Session, Token)).ShouldBeTrue();
        (await barrier.TryCloseAsync(one.Session, Token)).ShouldBeFalse();
        Task waiting = new DistributedBarrier(other.Client, "/barrier").WaitAsync(Token);
        waiting.IsCompleted.ShouldBeFalse();
        (await barrier.TryOpenAsync(Token)).ShouldBeTrue();
        (await barrier.TryOpenAsync(Token)).ShouldBeFalse();
        await _store.RunUntil(() => waiting.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_barrier_opens_when_who_closed_it_dies()
    {
        (Member one, Member other) = (await Member.Join(_store), await Member.Join(_store));
        await new DistributedBarrier(one.Client, "/barrier").TryCloseAsync(one.Session, Token);
        Task waiting = new DistributedBarrier(other.Client, "/barrier").WaitAsync(Token);
        one.CutOff();
        await _store.RunUntil(() => waiting.IsCompletedSuccessfully);
        other.Session.IsAlive.ShouldBeTrue();
    }

    private async Task<string> Next(IAsyncEnumerator<IReadOnlyList<ServiceInstance>> seen)
    {
        (await _store.Run(seen.MoveNextAsync().AsTask())).ShouldBeTrue();
        return string.Join(' ', seen.Current.Select(instance => $"{instance.Name}={Encoding.UTF8.GetString(instance.Value)}"));
    }
}
