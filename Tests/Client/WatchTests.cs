namespace Doozer.Tests.Client;

public sealed class WatchTests
{
    private static readonly TimeSpan PollAndAttempt = TimeSpan.FromSeconds(4);

    private static FileEvent Event(long revision) => new(revision, FileEventKind.Set, "/a", [], 0, revision);

    private static WaitResult Result(long next, params long[] revisions) => new([.. revisions.Select(Event)], next);

    [Fact]
    public async Task Nothing_is_missed_or_repeated_across_failures()
    {
        var f = new ClientFixture();
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", 3, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);

        Task<bool> move = watch.MoveNextAsync().AsTask();
        (await f.Grain.NextAsync("Wait")).Answer(Result(6, 3, 5));
        (await move).ShouldBeTrue();
        watch.Current.Revision.ShouldBe(3);
        (await watch.MoveNextAsync()).ShouldBeTrue();
        watch.Current.Revision.ShouldBe(5);

        move = watch.MoveNextAsync().AsTask();
        GrainCall lost = await f.Grain.NextAsync("Wait");
        lost.Argument<long>(1).ShouldBe(6);
        lost.Fail(ClientFixture.SiloDown());
        await f.Time.FireAsync(ClientFixture.Backoff);
        (await f.Grain.NextAsync("Wait")).Answer(Result(9));
        GrainCall third = await f.Grain.NextAsync("Wait");
        third.Argument<long>(1).ShouldBe(9);
        third.Answer(Result(10, 9));
        (await move).ShouldBeTrue();
        watch.Current.Revision.ShouldBe(9);
    }

    [Fact]
    public async Task A_watch_ends_when_the_host_has_stopped()
    {
        var f = new ClientFixture();
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", 3, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = watch.MoveNextAsync().AsTask();
        await f.Grain.NextAsync("Wait");
        ((IDisposable)f.Client).Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(move);
        await Should.ThrowAsync<ObjectDisposedException>(() => f.Client.GetAsync("/a", cancellationToken: ClientFixture.Token));
    }

    [Fact]
    public async Task A_gateway_that_keeps_silent_costs_a_poll_and_an_attempt_and_no_event()
    {
        var f = new ClientFixture();
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", 3, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = watch.MoveNextAsync().AsTask();
        GrainCall silent = await f.Grain.NextAsync("Wait");
        silent.Argument<TimeSpan>(3).ShouldBe(TimeSpan.FromSeconds(2));

        await f.Time.FireAsync(PollAndAttempt);
        f.Time.Now.ShouldBe(PollAndAttempt);
        GrainCall again = await f.Grain.NextAsync("Wait");
        again.Argument<long>(1).ShouldBe(3);
        again.Answer(Result(5, 4));
        (await move).ShouldBeTrue();
        silent.Answer(Result(5, 4));

        move = watch.MoveNextAsync().AsTask();
        GrainCall next = await f.Grain.NextAsync("Wait");
        next.Argument<long>(1).ShouldBe(5);
        next.Answer(Result(8, 7));
        (await move).ShouldBeTrue();
        watch.Current.Revision.ShouldBe(7);
    }

    [Fact]
    public async Task Latest_becomes_a_number_once()
    {
        var f = new ClientFixture();
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", cancellationToken: ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = watch.MoveNextAsync().AsTask();
        GrainCall rev = await f.Grain.NextAsync("Rev");
        rev.Argument<ReadMode>(0).ShouldBe(ReadMode.Linearizable);
        rev.Answer(41L);
        GrainCall lost = await f.Grain.NextAsync("Wait");
        lost.Argument<long>(1).ShouldBe(42);
        lost.Fail(ClientFixture.SiloDown());
        await f.Time.FireAsync(ClientFixture.Backoff);
        GrainCall second = await f.Grain.NextAsync("Wait");
        second.Argument<long>(1).ShouldBe(42);
        second.Answer(Result(43, 42));
        (await move).ShouldBeTrue();
    }

    [Fact]
    public async Task A_watch_goes_on_when_a_request_s_time_is_up()
    {
        var f = new ClientFixture(options => options.RequestTimeout = TimeSpan.FromSeconds(2));
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", 3, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = watch.MoveNextAsync().AsTask();
        for (int i = 0; i < 20; i++)
        {
            (await f.Grain.NextAsync("Wait")).Fail(ClientFixture.NoQuorum());
            await f.Time.FireAsync(ClientFixture.Backoff);
        }

        f.Time.Now.ShouldBeGreaterThan(TimeSpan.FromSeconds(4));
        (await f.Grain.NextAsync("Wait")).Answer(Result(4, 3));
        (await move).ShouldBeTrue();
        watch.Current.Revision.ShouldBe(3);
    }

    [Fact]
    public async Task Revisions_out_of_range_and_bad_globs_surface()
    {
        var f = new ClientFixture();
        await using IAsyncEnumerator<FileEvent> late = f.Client.WatchAsync("/**", 3, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = late.MoveNextAsync().AsTask();
        (await f.Grain.NextAsync("Wait")).Fail(new TooLateException(3, 100));
        (await Should.ThrowAsync<TooLateException>(move)).Oldest.ShouldBe(100);

        await using IAsyncEnumerator<FileEvent> future = f.Client.WatchAsync("/**", 300, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        move = future.MoveNextAsync().AsTask();
        (await f.Grain.NextAsync("Wait")).Fail(new FutureRevisionException(300, 200));
        (await Should.ThrowAsync<FutureRevisionException>(move)).Current.ShouldBe(200);

        await using IAsyncEnumerator<FileEvent> bad = f.Client.WatchAsync("[", 3, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        move = bad.MoveNextAsync().AsTask();
        (await f.Grain.NextAsync("Wait")).Fail(new InvalidGlobException("[", "'[' is not allowed"));
        await Should.ThrowAsync<InvalidGlobException>(move);
    }

    [Fact]
    public async Task Cancellation_ends_a_watch()
    {
        var f = new ClientFixture();
        using var stop = new CancellationTokenSource();
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", 3, stop.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = watch.MoveNextAsync().AsTask();
        await f.Grain.NextAsync("Wait");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(move);
    }

    [Fact]
    public async Task A_silo_that_goes_back_in_time_is_not_believed()
    {
        var f = new ClientFixture();
        await using IAsyncEnumerator<FileEvent> watch = f.Client.WatchAsync("/**", 7, ClientFixture.Token)
            .GetAsyncEnumerator(ClientFixture.Token);
        Task<bool> move = watch.MoveNextAsync().AsTask();
        (await f.Grain.NextAsync("Wait")).Answer(Result(5));
        await Should.ThrowAsync<InvalidDataException>(move);
    }

    [Fact]
    public async Task A_wait_polls_until_its_time_is_up_and_moves_on_with_each_answer()
    {
        var f = new ClientFixture();
        Task<WaitResult> wait = f.Client.WaitAsync("/**", 3, TimeSpan.FromSeconds(3), 10, ClientFixture.Token);
        GrainCall first = await f.Grain.NextAsync("Wait");
        first.Argument<TimeSpan>(3).ShouldBe(TimeSpan.FromSeconds(2));
        f.Time.Pass(TimeSpan.FromSeconds(2));
        first.Answer(Result(20));
        GrainCall second = await f.Grain.NextAsync("Wait");
        second.Argument<long>(1).ShouldBe(20);
        second.Argument<TimeSpan>(3).ShouldBe(TimeSpan.FromSeconds(1));
        second.Answer(Result(25));
        (await wait).ShouldSatisfyAllConditions(r => r.Events.ShouldBeEmpty(), r => r.Next.ShouldBe(25));

        await Should.ThrowAsync<InvalidArgumentException>(
            () => f.Client.WaitAsync("/**", 3, TimeSpan.FromSeconds(-1), 10, ClientFixture.Token));
    }
}
