using System.Text;
using Doozer.Tree;

namespace Doozer.Tests.Cluster;

/// <summary>Sessions and transactions through the grain, on a cluster of one node.</summary>
public sealed class SessionTests(OneNodeFixture fixture) : IClassFixture<OneNodeFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("body");

    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private INamespaceGrain Main => fixture.Cluster.On(0, _name);

    public async ValueTask InitializeAsync() => await fixture.Cluster.Create(_name);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task What_a_session_holds_says_so_and_goes_with_it()
    {
        long id = await Main.OpenSession(Ttl, "web");
        await Main.Set("/a", Body, Revisions.Missing, session: id);
        (await Main.Get("/a")).Session.ShouldBe(id);
        (await Main.Stat("/a")).Session.ShouldBe(id);
        (await Main.GetDir("/")).Entries[0].Session.ShouldBe(id);
        (await Main.Walk("/a")).Files[0].Session.ShouldBe(id);
        (await Main.Wait("/a", 1, 1, TimeSpan.Zero)).Events[0].Session.ShouldBe(id);
        Encoding.UTF8.GetString((await Main.Get($"/ctl/session/{id}")).Body).ShouldBe("10000 web");

        long last = await Main.CloseSession(id);
        (await Main.Wait("/**", last - 1, 10, TimeSpan.Zero)).Events
            .Select(e => (e.Kind, e.Path, e.End))
            .ShouldBe([(FileEventKind.Del, "/a", last), (FileEventKind.Del, $"/ctl/session/{id}", last)]);
        (await Main.KeepAlive([id])).ShouldBe([id]);
        (await Should.ThrowAsync<SessionExpiredException>(() => Main.CloseSession(id))).Session.ShouldBe(id);
        (await Should.ThrowAsync<SessionExpiredException>(() => Main.Set("/a", Body, 0, session: id))).Session.ShouldBe(id);
    }

    [Fact]
    public async Task A_session_ends_without_signs_of_life_and_not_with_them()
    {
        long silent = await Main.OpenSession(TimeSpan.FromSeconds(1), "silent");
        long alive = await Main.OpenSession(TimeSpan.FromSeconds(3), "alive");
        Task<WaitResult> ends = Main.Wait($"/ctl/session/{silent}", silent + 1, 1, Limits.WaitTimeout);
        while (!ends.IsCompleted)
        {
            (await Main.KeepAlive([alive])).ShouldBeEmpty();
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        (await ends).Events.ShouldHaveSingleItem().Kind.ShouldBe(FileEventKind.Del);
        (await Main.KeepAlive([alive, silent])).ShouldBe([silent]);
    }

    [Fact]
    public async Task A_transaction_that_fails_says_which_change_and_why()
    {
        long revision = await Main.Set("/a", Body, Revisions.Missing);
        TransactionFailedException failed = await Should.ThrowAsync<TransactionFailedException>(
            () => Main.Transact([Change.Set("/b", Body), Change.Check("/a", revision + 1)]));
        failed.Change.ShouldBe(1);
        failed.Code.ShouldBe("revision-mismatch");
        failed.Reason.ShouldBeOfType<RevisionMismatchException>().Current.ShouldBe(revision);
        failed.Message.ShouldBe("Nothing was changed, for changes[1]: The file '/a' is at revision 1, and not at 2.");
        (await Main.Rev()).ShouldBe(revision);

        (await Main.Transact([Change.Check("/a", revision), Change.Set("/b", Body), Change.Del("/a")])).ShouldBe(revision + 2);
        (await Main.Get("/b", revision + 1)).TreeRevision.ShouldBe(revision + 2, "nobody sees a tree within it");
    }

    [Fact]
    public async Task What_cannot_be_is_refused_before_it_is_sent()
    {
        await Refused<InvalidArgumentException>(() => Main.Transact([]));
        await Refused<InvalidArgumentException>(() => Main.Transact([.. Enumerable.Repeat(Change.Check("/a", 0), 129)]));
        await Refused<InvalidArgumentException>(
            () => Main.Transact([Change.Set("/a", new byte[600_000]), Change.Set("/b", new byte[600_000])]));
        await Refused<ReservedPathException>(() => Main.Transact([Change.Check("/a", 0), Change.Set("/ctl/session/1", Body)]));
        await Refused<InvalidPathException>(() => Main.Transact([Change.Del("a")]));
        await Refused<InvalidRevisionException>(() => Main.Transact([Change.Check("/a", -1)]));
        await Refused<InvalidArgumentException>(() => Main.Transact([Change.Del("/a") with { Kind = (ChangeKind)9 }]));
        await Refused<InvalidArgumentException>(() => Main.OpenSession(TimeSpan.FromMilliseconds(999), ""));
        await Refused<InvalidArgumentException>(() => Main.OpenSession(TimeSpan.FromHours(2), ""));
        await Refused<InvalidArgumentException>(() => Main.OpenSession(Ttl, new string('x', 257)));
        await Refused<InvalidArgumentException>(() => Main.OpenSession(Ttl, "a\nb"));
        await Refused<InvalidArgumentException>(() => Main.KeepAlive(new long[10_001]));
        await Refused<SessionExpiredException>(() => Main.CloseSession(0));
        await Refused<SessionExpiredException>(() => Main.Set("/a", Body, 0, session: -1));
        (await Main.Rev()).ShouldBe(0);
    }

    [Fact]
    public async Task Requests_that_come_again_are_done_once()
    {
        Guid[] ids = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid())];
        long session = await Main.OpenSession(Ttl, "web", ids[0], floor: 0);
        (await Main.OpenSession(Ttl, "web", ids[0], floor: 0)).ShouldBe(session);
        Change[] changes = [Change.Set("/a", Body, Revisions.Missing, session), Change.Set("/b", Body, Revisions.Missing)];
        long last = await Main.Transact(changes, ids[1], floor: 0);
        (await Main.Transact(changes, ids[1], floor: 0)).ShouldBe(last);
        await Should.ThrowAsync<RequestIdReusedException>(() => Main.Transact(changes[..1], ids[1], floor: 0));
        await Should.ThrowAsync<RequestIdReusedException>(() => Main.OpenSession(Ttl, "db", ids[0], floor: 0));
        long closed = await Main.CloseSession(session, ids[2], floor: 0);
        (await Main.CloseSession(session, ids[2], floor: 0)).ShouldBe(closed);
        (await Main.Rev()).ShouldBe(closed);
    }

    [Fact]
    public void The_limits_that_callers_know_are_those_of_the_tree()
    {
        Limits.TransactionChanges.ShouldBe(Command.MaxChanges);
        Limits.SessionFiles.ShouldBe(Session.MaxFiles);
        Limits.SessionOwnerBytes.ShouldBe(Session.MaxOwnerBytes);
        Limits.ShortestTtl.TotalMilliseconds.ShouldBe(Session.MinTtl);
        Limits.LongestTtl.TotalMilliseconds.ShouldBe(Session.MaxTtl);
        Limits.PathBytes.ShouldBe(TreePath.MaxBytes);
    }

    private static async Task Refused<T>(Func<Task> call)
        where T : DoozerException
    {
        Exception refusal = await Should.ThrowAsync<DoozerException>(call);
        (refusal is TransactionFailedException failed ? failed.Reason : refusal).ShouldBeOfType<T>();
    }
}
