using Doozer.Client;

namespace Doozer.Tests.Client;

public sealed class RetryTests
{
    private static readonly byte[] Body = [1, 2, 3];

    public static TheoryData<Exception> Passing => new()
    {
        new SiloUnavailableException("gone"),
        new TimeoutException("no response"),
        new IOException("connection reset"),
        new NodeUnavailableException("n1", "it is stopping"),
        new OutcomeUnknownException(Guid.Empty, "the leader changed"),
        new NoQuorumException("main", "2 of 3", ["n2"]),
        new OverloadedException("waiting writes", 10),
    };

    [Theory]
    [MemberData(nameof(Passing), DisableDiscoveryEnumeration = true)]
    public async Task A_failed_write_is_submitted_again_with_its_request_id(Exception failure)
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.SetAsync("/a", Body, 5, cancellationToken: ClientFixture.Token);

        GrainCall first = await f.Grain.NextAsync("Set");
        first.RequestId.ShouldNotBe(Guid.Empty);
        first.Fail(failure);
        await f.Time.FireAsync(ClientFixture.Backoff);
        GrainCall second = await f.Grain.NextAsync("Set");
        second.Answer(7L);

        (await write).ShouldBe(7);
        second.Arguments.ShouldBe(first.Arguments);
        f.Grain.HasMore.ShouldBeFalse();
    }

    /// <summary>No time passes, and none of them has been answered.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task When_a_gateway_is_lost_requests_are_sent_again_at_once(bool isCancelable)
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.SetAsync(
            "/a", Body, 5, cancellationToken: isCancelable ? ClientFixture.Token : CancellationToken.None);
        GrainCall first = await f.Grain.NextAsync("Set");

        f.Gateways.Tell();
        GrainCall second = await f.Grain.NextAsync("Set");
        f.Gateways.Tell();
        GrainCall third = await f.Grain.NextAsync("Set");
        second.Answer(7L);

        (await write).ShouldBe(7);
        third.Arguments.ShouldBe(first.Arguments);
        f.Time.Now.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_write_that_is_too_old_at_its_first_attempt_begins_again_with_a_floor_that_is_not()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        GrainCall first = await f.Grain.NextAsync("Nop");
        first.Floor.ShouldBe(0);
        first.Fail(new RequestTooOldException(first.RequestId, 30));
        GrainCall second = await f.Grain.NextAsync("Nop");
        (second.RequestId, second.Floor).ShouldBe((first.RequestId, 30));
        second.Answer(31L);
        (await write).ShouldBe(31);

        Task<long> known = f.Client.SetAsync("/a", Body, 5, cancellationToken: ClientFixture.Token);
        GrainCall set = await f.Grain.NextAsync("Set");
        set.Floor.ShouldBe(31, "the client has seen as much");
        set.Answer(31L);
        await known;
        var mine = new Guid("6f9619ff-8b86-d011-b42d-00c04fc964ff");
        Task<long> again = f.Client.DeleteAsync("/a", 3, mine, 20, ClientFixture.Token);
        GrainCall given = await f.Grain.NextAsync("Del");
        given.Floor.ShouldBe(20);
        given.Fail(new RequestTooOldException(mine, 40));
        await Should.ThrowAsync<RequestTooOldException>(again);
        f.Grain.HasMore.ShouldBeFalse("whether it was done before the client cannot know");
    }

    [Fact]
    public async Task A_write_that_is_too_old_after_an_attempt_without_an_answer_may_be_done()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).Fail(new TimeoutException("late"));
        await f.Time.FireAsync(ClientFixture.Backoff);
        GrainCall second = await f.Grain.NextAsync("Nop");
        second.Fail(new RequestTooOldException(second.RequestId, 30));
        Task<long> third = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).RequestId.ShouldNotBe(second.RequestId, "it does not begin again with another floor");
        third.IsCompleted.ShouldBeFalse();
        write.IsCompletedSuccessfully.ShouldBeFalse();
    }

    [Fact]
    public async Task Each_write_has_a_request_id_of_its_own_unless_the_caller_gives_one()
    {
        var f = new ClientFixture();
        _ = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        _ = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        var mine = new Guid("6f9619ff-8b86-d011-b42d-00c04fc964ff");
        _ = f.Client.DeleteAsync("/a", 3, mine, cancellationToken: ClientFixture.Token);

        GrainCall first = await f.Grain.NextAsync("Nop");
        GrainCall second = await f.Grain.NextAsync("Nop");
        second.RequestId.ShouldNotBe(first.RequestId);
        (await f.Grain.NextAsync("Del")).RequestId.ShouldBe(mine);
    }

    [Fact]
    public async Task An_unanswered_attempt_is_followed_by_another_and_either_may_answer()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.SetAsync("/a", Body, 5, cancellationToken: ClientFixture.Token);

        GrainCall first = await f.Grain.NextAsync("Set");
        await f.Time.FireAsync(ClientFixture.Attempt);
        GrainCall second = await f.Grain.NextAsync("Set");
        f.Time.Now.ShouldBe(ClientFixture.Attempt);
        second.RequestId.ShouldBe(first.RequestId);
        first.Answer(9L);

        (await write).ShouldBe(9);
    }

    [Fact]
    public async Task Backoff_grows_to_its_bound()
    {
        var f = new ClientFixture();
        Task<FileContent> read = f.Client.GetAsync("/a", cancellationToken: ClientFixture.Token);
        var pauses = new List<TimeSpan>();
        for (int i = 0; i < 8; i++)
        {
            (await f.Grain.NextAsync("Get")).Fail(ClientFixture.SiloDown());
            TimeSpan before = f.Time.Now;
            await f.Time.FireAsync(ClientFixture.Backoff);
            pauses.Add(f.Time.Now - before);
        }

        (await f.Grain.NextAsync("Get")).Answer(new FileContent(4, Body, 4));
        (await read).Revision.ShouldBe(4);
        pauses[0].ShouldBeInRange(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(21));
        pauses[3].ShouldBeInRange(TimeSpan.FromMilliseconds(80), TimeSpan.FromMilliseconds(161));
        pauses[7].ShouldBeInRange(TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(501));
    }

    [Fact]
    public async Task An_answer_that_is_an_error_surfaces_at_once()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.SetAsync("/a", Body, 5, cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Set")).Fail(new RevisionMismatchException("/a", 5, 8));

        (await Should.ThrowAsync<RevisionMismatchException>(write)).Current.ShouldBe(8);
        f.Grain.HasMore.ShouldBeFalse();
        f.Time.Now.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public async Task Cancellation_is_honoured_while_an_attempt_and_while_a_pause_is_under_way()
    {
        var f = new ClientFixture();
        using var duringAttempt = new CancellationTokenSource();
        Task<FileContent> read = f.Client.GetAsync("/a", cancellationToken: duringAttempt.Token);
        await f.Grain.NextAsync("Get");
        await duringAttempt.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(read);

        using var duringPause = new CancellationTokenSource();
        Task<long> write = f.Client.NopAsync(cancellationToken: duringPause.Token);
        (await f.Grain.NextAsync("Nop")).Fail(ClientFixture.SiloDown());
        await duringPause.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(write);
        f.Grain.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task The_limit_on_requests_under_way_gives_an_error_and_is_released()
    {
        var f = new ClientFixture(options => options.MaxInFlight = 1);
        Task<long> first = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        await Should.ThrowAsync<OverloadedException>(f.Client.NopAsync(cancellationToken: ClientFixture.Token));
        (await f.Grain.NextAsync("Nop")).Answer(1L);
        await first;

        Task<long> second = f.Client.Namespace("other").NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).Answer(2L);
        (await second).ShouldBe(2);
    }

    [Fact]
    public async Task The_body_is_the_caller_s_again_as_soon_as_the_call_returns()
    {
        var f = new ClientFixture();
        byte[] mine = [1, 2, 3];
        _ = f.Client.AddAsync("/a", mine, cancellationToken: ClientFixture.Token);
        mine[0] = 99;
        GrainCall call = await f.Grain.NextAsync("Set");
        call.Argument<byte[]>(1).ShouldBe([1, 2, 3]);
        call.Argument<long>(2).ShouldBe(Revisions.Missing);
    }

    [Theory]
    [InlineData("Create")]
    [InlineData("Delete")]
    public async Task A_namespace_is_made_and_deleted_once_however_often_it_is_asked_for(string method)
    {
        var f = new ClientFixture();
        Task<long> change = method == "Create"
            ? f.Client.CreateNamespaceAsync("orders", cancellationToken: ClientFixture.Token)
            : f.Client.DeleteNamespaceAsync("orders", ClientFixture.Token);
        GrainCall first = await f.Grain.NextAsync(method);
        f.Names.ShouldBe(["orders"]);
        first.RequestId.ShouldNotBe(Guid.Empty);
        first.Fail(ClientFixture.SiloDown());
        await f.Time.FireAsync(ClientFixture.Backoff);
        GrainCall second = await f.Grain.NextAsync(method);
        second.Arguments.ShouldBe(first.Arguments);
        second.Answer(7L);
        (await change).ShouldBe(7);

        // That main has forgotten many requests since it began is found out at once.
        change = f.Client.CreateNamespaceAsync("orders", cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Create")).Fail(new RequestTooOldException(Guid.NewGuid(), 30));
        GrainCall again = await f.Grain.NextAsync("Create");
        again.Floor.ShouldBe(30);
        again.Fail(new NamespaceExistsException("orders"));
        await Should.ThrowAsync<NamespaceExistsException>(change);
    }

    [Fact]
    public async Task Namespaces_are_listed_in_pages_with_main_before_the_others()
    {
        var f = new ClientFixture();
        Task<string[]> listing = f.Client.ListNamespacesAsync(cancellationToken: ClientFixture.Token)
            .ToArrayAsync(ClientFixture.Token).AsTask();
        GrainCall first = await f.Grain.NextAsync("Walk");
        first.Argument<string>(0).ShouldBe("/ctl/namespace/*");
        first.Answer(new WalkPage([new WalkedFile("/ctl/namespace/a", 1, [])], true, 9, "/ctl/namespace/a"));
        GrainCall second = await f.Grain.NextAsync("Walk");
        second.Argument<long>(3).ShouldBe(9);
        second.Answer(new WalkPage([new WalkedFile("/ctl/namespace/b", 2, [])], false, 9, null));
        (await listing).ShouldBe(["main", "a", "b"]);
    }

    [Fact]
    public void Namespaces_are_asked_for_when_first_used()
    {
        var f = new ClientFixture();
        IDoozerNamespace other = f.Client.Namespace("other");
        f.Names.ShouldBeEmpty();
        _ = other.NopAsync(cancellationToken: ClientFixture.Token);
        _ = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        f.Names.ShouldBe(["other", "main"]);
        Should.Throw<InvalidNamespaceException>(() => f.Client.Namespace(""));
    }
}
