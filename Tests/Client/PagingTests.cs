namespace Doozer.Tests.Client;

public sealed class PagingTests
{
    private static DirectoryEntry Entry(string name) => new(name, EntryKind.File, 1, 0);

    private static WalkedFile File(string path) => new(path, 1, []);

    [Fact]
    public async Task A_listing_reads_every_page_at_the_revision_of_the_first()
    {
        var f = new ClientFixture(options => options.PageSize = 2);
        Task<List<string>> names = Collect(f.Client.ListAsync("/d", cancellationToken: ClientFixture.Token), entry => entry.Name);

        GrainCall first = await f.Grain.NextAsync("GetDir");
        first.Arguments.ShouldBe(["/d", "", 2, Revisions.Latest, ReadMode.Linearizable]);
        first.Answer(new DirectoryPage([Entry("a"), Entry("b")], true, 17));
        GrainCall second = await f.Grain.NextAsync("GetDir");
        second.Arguments.ShouldBe(["/d", "b", 2, 17L, ReadMode.Linearizable]);
        second.Answer(new DirectoryPage([Entry("c")], false, 17));

        (await names).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task A_walk_reads_every_page_at_the_revision_of_the_first_across_a_failure_and_an_empty_page()
    {
        var f = new ClientFixture();
        Task<List<string>> paths = Collect(
            f.Client.WalkAsync("/**", 12, cancellationToken: ClientFixture.Token), file => file.Path);

        (await f.Grain.NextAsync("Walk")).Answer(new WalkPage([File("/a")], true, 12, "/a"));
        (await f.Grain.NextAsync("Walk")).Fail(ClientFixture.SiloDown());
        await f.Time.FireAsync(ClientFixture.Backoff);
        GrainCall third = await f.Grain.NextAsync("Walk");
        third.Arguments.ShouldBe(["/**", "/a", Limits.PageSize, 12L, ReadMode.Linearizable]);
        third.Answer(new WalkPage([], true, 12, "/az"));
        GrainCall fourth = await f.Grain.NextAsync("Walk");
        fourth.Arguments.ShouldBe(["/**", "/az", Limits.PageSize, 12L, ReadMode.Linearizable]);
        fourth.Answer(new WalkPage([File("/b")], false, 12, null));

        (await paths).ShouldBe(["/a", "/b"]);
    }

    [Fact]
    public async Task A_silo_that_is_behind_is_asked_again_for_a_later_page_but_not_for_the_first()
    {
        var f = new ClientFixture();
        Task<List<string>> names = Collect(
            f.Client.ListAsync("/", mode: ReadMode.Local, cancellationToken: ClientFixture.Token), entry => entry.Name);
        (await f.Grain.NextAsync("GetDir")).Answer(new DirectoryPage([Entry("a")], true, 17));
        (await f.Grain.NextAsync("GetDir")).Fail(new FutureRevisionException(17, 15));
        await f.Time.FireAsync(ClientFixture.Backoff);
        (await f.Grain.NextAsync("GetDir")).Answer(new DirectoryPage([Entry("b")], false, 17));
        (await names).ShouldBe(["a", "b"]);

        Task<List<string>> future = Collect(
            f.Client.ListAsync("/", 99, cancellationToken: ClientFixture.Token), entry => entry.Name);
        (await f.Grain.NextAsync("GetDir")).Fail(new FutureRevisionException(99, 17));
        await Should.ThrowAsync<FutureRevisionException>(future);
    }

    private static async Task<List<string>> Collect<T>(IAsyncEnumerable<T> items, Func<T, string> name)
    {
        var names = new List<string>();
        await foreach (T? item in items.WithCancellation(ClientFixture.Token))
            names.Add(name(item));
        return names;
    }
}
