using System.Text;
using Doozer.Client;
using Doozer.Client.Recipes;

namespace Doozer.Tests.Client.Recipes;

public sealed class ElectionTests
{
    private const string Path = "/election";

    private readonly TestStore _store = new();

    private static CancellationToken Token => ClientFixture.Token;

    [Fact]
    public async Task The_next_candidate_leads_when_the_leader_resigns()
    {
        (Member one, Member other) = (await Member.Join(_store), await Member.Join(_store));
        Leadership first = await Campaign(one, "one");
        Task<Leadership> second = Campaign(other, "other");
        (await LeaderSeenBy(other)).ShouldBe("one");
        await first.SetValueAsync("one again"u8.ToArray(), Token);
        (await LeaderSeenBy(other)).ShouldBe("one again");
        await first.ResignAsync();
        Leadership next = await _store.Run(second);
        next.FencingToken.ShouldBeGreaterThan(first.FencingToken);
        (await LeaderSeenBy(one)).ShouldBe("other");
        await Should.ThrowAsync<NotHeldException>(() => first.SetValueAsync("late"u8.ToArray(), Token));
        await next.DisposeAsync();
        (await LeaderSeenBy(one)).ShouldBeNull();
        (await _store.FilesIn(Path)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_knows_before_another_leads()
    {
        (Member one, Member other) = (await Member.Join(_store), await Member.Join(_store));
        Leadership first = await Campaign(one, "one");
        CancellationToken lost = first.Lost;
        Task<Leadership> second = Campaign(other, "other");
        await _store.RunUntil(() => other.Connection.Count("Wait") > 0);
        one.CutOff();
        await _store.Run(second);
        lost.IsCancellationRequested.ShouldBeTrue();
        await Should.ThrowAsync<DoozerException>(_store.Run(first.SetValueAsync("late"u8.ToArray(), Token)));
        (await LeaderSeenBy(other)).ShouldBe("other");
    }

    [Fact]
    public async Task Observers_see_every_leader_and_when_there_is_none()
    {
        (Member one, Member observer) = (await Member.Join(_store), await Member.Join(_store));
        var seen = new List<string>();
        using var stop = new CancellationTokenSource();
        Task observing = Observe(observer, seen, stop.Token);
        await Until(seen, "none");
        Leadership leadership = await Campaign(one, "one");
        await Until(seen, "none,one");
        await leadership.SetValueAsync("two"u8.ToArray(), Token);
        await Until(seen, "none,one,two");
        observer.Connection.Faults = (_, count) => count % 3 != 0 ? Fault.NotDone : Fault.None;
        await one.Session.CloseAsync(Token);
        await Until(seen, "none,one,two,none");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(observing);
    }

    private async Task Until(List<string> seen, string expected)
    {
        await _store.RunUntil(() => Snapshot(seen).Length >= expected.Length);
        Snapshot(seen).ShouldBe(expected);
    }

    private static string Snapshot(List<string> seen)
    {
        lock (seen)
            return string.Join(',', seen);
    }

    private static async Task Observe(Member member, List<string> seen, CancellationToken stop)
    {
        await foreach (Leader? leader in new LeaderElection(member.Client, Path).ObserveAsync(stop))
        {
            lock (seen)
                seen.Add(leader is null ? "none" : Encoding.UTF8.GetString(leader.Value));
        }
    }

    private static Task<Leadership> Campaign(Member member, string value) =>
        new LeaderElection(member.Client, Path).CampaignAsync(member.Session, Encoding.UTF8.GetBytes(value), Token);

    private static async Task<string?> LeaderSeenBy(Member member) =>
        await new LeaderElection(member.Client, Path).GetLeaderAsync(Token) is { } leader
            ? Encoding.UTF8.GetString(leader.Value)
            : null;
}
