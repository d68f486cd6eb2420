using System.Text;

namespace Doozer.Tests.Cluster;

/// <summary>What a namespace answers, on a cluster of one node.</summary>
public sealed class NamespaceTests(OneNodeFixture fixture) : IClassFixture<OneNodeFixture>, IAsyncLifetime
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("body");

    // Every test has one of its own.
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    private DoozerCluster Cluster => fixture.Cluster;

    private INamespaceGrain Main => Cluster.On(0, _name);

    public async ValueTask InitializeAsync() => await Cluster.Create(_name);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Errors_keep_their_data_on_the_way_to_a_client()
    {
        var client = (Orleans.IGrainFactory)Cluster.ClientServices.GetService(typeof(Orleans.IGrainFactory))!;
        INamespaceGrain main = client.GetGrain<INamespaceGrain>(_name);
        long revision = await main.Set("/file", Body, Revisions.Missing);

        RevisionMismatchException mismatch = await Should.ThrowAsync<RevisionMismatchException>(
            () => main.Set("/file", Body, Revisions.Missing));
        mismatch.Code.ShouldBe("revision-mismatch");
        mismatch.Path.ShouldBe("/file");
        mismatch.Given.ShouldBe(0);
        mismatch.Current.ShouldBe(revision);
        mismatch.Message.ShouldBe("The file '/file' is at revision 1, newer than 0.");
        (await main.Rev()).ShouldBe(revision);
    }

    [Fact]
    public async Task Requests_that_share_a_call_are_answered_each_for_itself()
    {
        IFileRequestsGrain grain = Main.AsReference<IFileRequestsGrain>();
        long revision = await Main.Set("/there", Body, Revisions.Missing);
        FileAnswer[] answers = await grain.Answer(new(
        [
            new(FileOperation.Set, "/new", Revisions.Missing, Body: Body),
            new(FileOperation.Get, "/there", Revisions.Latest),
            new(FileOperation.Set, "/there", Revisions.Missing, Body: Body),
            new(FileOperation.Get, "no path", Revisions.Latest, ReadMode.Local),
            new(FileOperation.Del, "/there", Revisions.Clobber),
            new(FileOperation.Set, "/none", Revisions.Clobber),
            new((FileOperation)9, "/there", Revisions.Clobber),
        ]));

        answers[0].ShouldBe(new FileAnswer(revision + 1));
        answers[1].Content!.Body.ShouldBe(Body);
        answers[2].Error.ShouldBeOfType<RevisionMismatchException>().Current.ShouldBe(revision);
        answers[3].Error.ShouldBeOfType<InvalidPathException>();
        answers[4].ShouldBe(new FileAnswer(revision + 2));
        answers[5].Error.ShouldBeOfType<InvalidArgumentException>();
        answers[6].Error.ShouldBeOfType<InvalidArgumentException>();
        (await Main.Rev()).ShouldBe(revision + 2);
    }

    [Fact]
    public async Task A_call_has_a_limit_of_requests_and_its_answer_one_of_bytes()
    {
        IFileRequestsGrain grain = Main.AsReference<IFileRequestsGrain>();
        await Main.Set("/large", new byte[1 << 20], Revisions.Missing);
        FileRequest read = new(FileOperation.Get, "/large", Revisions.Latest);
        FileAnswer[] answers = await grain.Answer(new([.. Enumerable.Repeat(read, 7)]));
        answers.Select(answer => answer.IsNone).ShouldBe([false, false, false, false, false, true, true]);

        await Should.ThrowAsync<InvalidArgumentException>(() => grain.Answer(new([])));
        await Should.ThrowAsync<InvalidArgumentException>(
            () => grain.Answer(new([.. Enumerable.Repeat(read, FileRequest.MaxOfCall + 1)])));
    }

    [Fact]
    public async Task What_a_grain_of_the_silo_reads_and_writes_is_its_own_to_change()
    {
        byte[] body = [1, 2, 3];
        Task<long> write = Main.Set("/file", body, Revisions.Missing);
        body[0] = 9;
        await write;

        (await Main.Get("/file")).Body[0] = 9;
        (await Main.Walk("/**")).Files[0].Body[0] = 9;
        (await Main.Wait("/**", 1, 10, TimeSpan.Zero)).Events[0].Body[0] = 9;

        (await Main.Get("/file")).Body.ShouldBe([1, 2, 3]);
    }

    [Theory]
    [InlineData("", "invalid-path")]
    [InlineData("relative", "invalid-path")]
    [InlineData("//", "invalid-path")]
    [InlineData("/a//b", "invalid-path")]
    [InlineData("/a/", "invalid-path")]
    [InlineData("/with space", "invalid-path")]
    [InlineData("/nul\0", "invalid-path")]
    [InlineData("/\u00e9", "invalid-path")]
    [InlineData("/", "invalid-path")]
    [InlineData("/ctl", "reserved-path")]
    [InlineData("/ctl/node", "reserved-path")]
    [InlineData("/dir", "is-directory")]
    [InlineData("/dir/file/below", "not-directory")]
    public async Task A_bad_path_is_refused_and_loses_nothing(string path, string code)
    {
        await Main.Set("/dir/file", Body, Revisions.Missing);
        DoozerException set = await Should.ThrowAsync<DoozerException>(() => Main.Set(path, Body, Revisions.Clobber));
        set.Code.ShouldBe(code);
        (await Main.Get("/dir/file")).TreeRevision.ShouldBe(1);
    }

    [Fact]
    public async Task Limits_are_errors()
    {
        string longest = "/" + new string('a', Limits.PathBytes - 1);
        await Main.Set(longest, Body, Revisions.Missing);
        await Should.ThrowAsync<InvalidPathException>(() => Main.Set(longest + "a", Body, Revisions.Missing));
        await Main.Set("/big", new byte[1 << 20], Revisions.Missing);
        BodyTooLargeException large = await Should.ThrowAsync<BodyTooLargeException>(
            () => Main.Set("/big", new byte[(1 << 20) + 1], Revisions.Clobber));
        large.Limit.ShouldBe(1 << 20);
        (await Main.Get("/big")).Body.Length.ShouldBe(1 << 20);
    }

    [Fact]
    public async Task Deleting_what_is_no_file_says_so()
    {
        await Main.Set("/dir/file", Body, Revisions.Missing);
        await Should.ThrowAsync<NotFoundException>(() => Main.Del("/missing", Revisions.Clobber));
        await Should.ThrowAsync<IsDirectoryException>(() => Main.Del("/dir", Revisions.Clobber));
        await Main.Del("/dir/file", 1);
        (await Main.Stat("/dir")).Kind.ShouldBe(EntryKind.Missing);
    }

    [Fact]
    public async Task Revisions_out_of_range_say_what_the_range_is()
    {
        await Main.Set("/file", Body, Revisions.Missing);
        FutureRevisionException future = await Should.ThrowAsync<FutureRevisionException>(() => Main.Get("/file", 9));
        future.Current.ShouldBe(1);
        await Should.ThrowAsync<InvalidRevisionException>(() => Main.Get("/file", -2));
        await Should.ThrowAsync<InvalidRevisionException>(() => Main.Set("/file", Body, -2));
        await Should.ThrowAsync<InvalidRevisionException>(() => Main.Set("/file", Body, long.MaxValue));
        await Should.ThrowAsync<InvalidRevisionException>(() => Main.Wait("/**", -2, 1, TimeSpan.Zero));
        (await Main.Get("/file", 0)).Exists.ShouldBeFalse();
    }

    [Fact]
    public async Task A_page_after_nothing_at_all_is_refused()
    {
        await Should.ThrowAsync<InvalidArgumentException>(() => Main.GetDir("/", after: null!));
        await Should.ThrowAsync<InvalidArgumentException>(() => Main.Walk("/**", after: null!));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a b")]
    [InlineData("//")]
    public async Task A_glob_that_does_not_parse_is_refused(string glob)
    {
        await Should.ThrowAsync<InvalidGlobException>(() => Main.Walk(glob));
        await Should.ThrowAsync<InvalidGlobException>(() => Main.Wait(glob, 1, 1, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(ReadMode.Linearizable)]
    [InlineData(ReadMode.Local)]
    public async Task Of_a_namespace_that_nobody_has_made_everything_is_refused_and_nothing_stays(ReadMode mode)
    {
        const string Name = "never-made";
        INamespaceGrain other = Cluster.On(0, Name);
        long before = await Cluster.On(0).Rev();
        Func<Task>[] requests =
        [
            () => other.Rev(mode),
            () => other.Get("/file", mode: mode),
            () => other.Stat("/", mode: mode),
            () => other.GetDir("/", mode: mode),
            () => other.Walk("/**", mode: mode),
            () => other.Wait("/**", Revisions.Latest, 10, Limits.WaitTimeout, mode),
            () => other.Set("/file", Body, Revisions.Missing),
            () => other.Del("/file", Revisions.Clobber),
            () => other.Nop(),
            () => other.Transact([Change.Set("/file", Body, Revisions.Missing)]),
            () => other.OpenSession(TimeSpan.FromSeconds(10), ""),
            () => other.KeepAlive([1]),
            () => other.CloseSession(1),
            () => other.TransferLeadership(Cluster.Nodes[0]),
            () => other.Status(),
            () => other.Delete(),
        ];
        foreach (Func<Task> request in requests)
            (await Should.ThrowAsync<NoNamespaceException>(request)).Namespace.ShouldBe(Name);
        Cluster.GroupsOn(0).ShouldNotContain(group => group.Namespace == Name);
        (await Cluster.On(0).Rev()).ShouldBe(before);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("a@b")]
    [InlineData("..")]
    public async Task A_namespace_with_a_bad_name_is_refused(string name)
    {
        InvalidNamespaceException refused = await Should.ThrowAsync<InvalidNamespaceException>(() => Cluster.On(0, name).Rev());
        refused.Namespace.ShouldBe(name);
        await Should.ThrowAsync<InvalidNamespaceException>(() => Cluster.On(0, name).Create());
    }

    [Fact]
    public async Task A_wait_answers_when_the_event_comes()
    {
        Task<WaitResult> waiting = Main.Wait("/wanted/*", 1, 10, Limits.WaitTimeout);
        await Main.Set("/other", Body, Revisions.Missing);
        await Main.Set("/wanted/file", Body, Revisions.Missing);
        WaitResult result = await waiting;
        FileEvent found = result.Events.ShouldHaveSingleItem();
        found.ShouldBe(found with { Revision = 2, Kind = FileEventKind.Set, Path = "/wanted/file" });
        result.Next.ShouldBe(3);
    }

    [Fact]
    public async Task A_wait_after_a_revision_that_nobody_can_have_seen_says_so()
    {
        await Main.Set("/file", Body, Revisions.Missing);
        (await Main.Wait("/**", 2, 10, TimeSpan.Zero)).Next.ShouldBe(2);
        FutureRevisionException future = await Should.ThrowAsync<FutureRevisionException>(
            () => Main.Wait("/**", 3, 10, Limits.WaitTimeout));
        (future.Revision, future.Current).ShouldBe((3, 1));
        (await Main.Wait("/**", 3, 10, TimeSpan.Zero, ReadMode.Local)).Next.ShouldBe(3);
    }

    [Fact]
    public async Task A_wait_that_finds_nothing_moves_on()
    {
        await Main.Set("/other", Body, Revisions.Missing);
        WaitResult result = await Main.Wait("/wanted", 1, 10, TimeSpan.Zero);
        result.Events.ShouldBeEmpty();
        result.Next.ShouldBe(2);
    }
}
