using System.Diagnostics;
using Doozer.Tests.Telemetry;
using Orleans.Concurrency;

namespace Doozer.Tests.Client;

/// <summary>Which requests go together, and that each has its own answer.</summary>
public sealed class SharedCallTests
{
    private readonly ClientFixture _f = new();

    [Fact]
    public async Task Requests_one_after_the_other_are_calls_of_their_own()
    {
        for (long revision = 1; revision <= 2; revision++)
        {
            Task<long> write = Set("/a");
            (await _f.Grain.NextAsync("Set")).Answer(revision);
            (await write).ShouldBe(revision);
        }

        _f.Shared.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task Requests_that_come_meanwhile_go_together_and_each_has_its_own_answer()
    {
        GrainCall before = await Occupy();
        Task<long> set = Set("/b");
        Task<long> delete = _f.Client.DeleteAsync("/c", 5, cancellationToken: ClientFixture.Token);
        Task<long> refused = Set("/d");
        before.Answer(new FileAnswer[] { new(6) });
        GrainCall call = await _f.Shared.NextAsync("Answer");
        FileRequest[] requests = RequestsOf(call);
        call.Answer(new FileAnswer[] { new(7), new(8), new(Error: new RevisionMismatchException("/d", 3, 4)) });

        (await set).ShouldBe(7);
        (await delete).ShouldBe(8);
        (await Should.ThrowAsync<RevisionMismatchException>(refused)).Path.ShouldBe("/d");
        requests.Select(request => (request.Operation, request.Path, request.Revision)).ShouldBe(
        [
            (FileOperation.Set, "/b", Revisions.Clobber),
            (FileOperation.Del, "/c", 5),
            (FileOperation.Set, "/d", Revisions.Clobber),
        ]);
        requests.Select(request => request.RequestId).ShouldBeUnique();
        requests.ShouldAllBe(request => request.RequestId != Guid.Empty && request.Floor == 0);
        _f.Grain.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task Writes_and_both_kinds_of_reads_do_not_wait_for_each_other()
    {
        _ = Set("/a");
        _ = Get("/a");
        _ = Get("/b", ReadMode.Local);
        await _f.Grain.NextAsync("Set");
        await _f.Grain.NextAsync("Get");
        await _f.Grain.NextAsync("Get");
        Task<FileContent> read = Get("/c", ReadMode.Local);
        GrainCall call = await _f.Shared.NextAsync("Answer");
        RequestsOf(call).ShouldHaveSingleItem().Mode.ShouldBe(ReadMode.Local);
        call.Answer(new FileAnswer[] { new(Content: new FileContent(4, [1], 9)) });
        (await read).Revision.ShouldBe(4);
    }

    [Fact]
    public async Task While_two_calls_are_under_way_requests_gather()
    {
        GrainCall second = await Occupy();
        _ = Set("/c");
        _ = Set("/d");
        _f.Shared.HasMore.ShouldBeFalse();
        second.Answer(new FileAnswer[] { new(7) });
        PathsOf(await _f.Shared.NextAsync("Answer")).ShouldBe(["/c", "/d"]);
    }

    [Fact]
    public async Task What_had_no_room_in_an_answer_is_asked_for_again()
    {
        GrainCall before = await OccupyReads();
        Task<FileContent>[] reads = [Get("/b"), Get("/c"), Get("/d")];
        var large = new FileAnswer(Content: new FileContent(4, [1], 9));
        before.Answer(new[] { large });
        GrainCall call = await _f.Shared.NextAsync("Answer");
        _ = Get("/e");
        call.Answer(new[] { large, FileAnswer.None, FileAnswer.None });
        (await reads[0]).Revision.ShouldBe(4);
        GrainCall again = await _f.Shared.NextAsync("Answer");
        PathsOf(again).ShouldBe(["/c", "/d", "/e"]);
        again.Answer(new[] { large, large, large });
        await Task.WhenAll(reads);
    }

    [Fact]
    public async Task When_a_call_fails_each_of_its_requests_is_submitted_again_alone_with_its_request_id()
    {
        GrainCall before = await Occupy();
        Task<long>[] writes = [Set("/b"), Set("/c")];
        before.Answer(new FileAnswer[] { new(6) });
        GrainCall call = await _f.Shared.NextAsync("Answer");
        FileRequest[] requests = RequestsOf(call);
        call.Fail(ClientFixture.SiloDown());
        for (int i = 0; i < 2; i++)
        {
            await _f.Time.FireAsync(ClientFixture.Backoff);
            GrainCall again = await _f.Grain.NextAsync("Set");
            requests.ShouldContain(request =>
                request.Path == again.Argument<string>(0) && request.RequestId == again.RequestId);
            again.Answer(7L);
        }

        (await Task.WhenAll(writes)).ShouldBe([7L, 7L]);
    }

    /// <summary>No time passes, and none of the calls under way is answered.</summary>
    [Fact]
    public async Task When_a_gateway_is_lost_requests_do_not_wait_for_its_calls()
    {
        Task<long>[] writes = [Set("/a"), Set("/b")];
        await _f.Grain.NextAsync("Set");
        await _f.Shared.NextAsync("Answer");
        writes = [.. writes, Set("/c")];
        _f.Gateways.Tell();
        for (int i = 0; i < 3; i++)
            (await _f.Grain.NextAsync("Set")).Answer(7L);
        (await Task.WhenAll(writes)).ShouldBe([7L, 7L, 7L]);

        Task<long> next = Set("/d");
        (await _f.Grain.NextAsync("Set")).Answer(8L);
        (await next).ShouldBe(8);
    }

    [Fact]
    public async Task When_no_call_is_answered_for_as_long_as_an_attempt_may_take_new_requests_do_not_wait_for_them()
    {
        GrainCall stuck = await Occupy();
        Task<long> waiting = Set("/c");
        _f.Time.Pass(ClientFixture.Attempt);
        Task<long> next = Set("/d");
        GrainCall call = await _f.Grain.NextAsync("Set");
        call.Argument<string>(0).ShouldBe("/d");
        call.Answer(8L);
        (await next).ShouldBe(8);

        // What is answered late counts, and those that waited for it go on.
        stuck.Answer(new FileAnswer[] { new(9) });
        GrainCall late = await _f.Shared.NextAsync("Answer");
        PathsOf(late).ShouldBe(["/c"]);
        late.Answer(new FileAnswer[] { new(10) });
        (await waiting).ShouldBe(10);
    }

    [Fact]
    public async Task A_call_takes_so_many_bytes_and_large_bodies_go_alone()
    {
        GrainCall second = await Occupy();
        _ = Set("/large", 20_000);
        (await _f.Grain.NextAsync("Set")).Argument<string>(0).ShouldBe("/large");
        for (int i = 0; i < 20; i++)
            _ = Set($"/{i}", 16_000);
        second.Answer(new FileAnswer[] { new(7) });
        GrainCall third = await _f.Shared.NextAsync("Answer");
        RequestsOf(third).Length.ShouldBe(17);
        third.Answer(Enumerable.Repeat(new FileAnswer(8), 17).ToArray());
        RequestsOf(await _f.Shared.NextAsync("Answer")).Length.ShouldBe(3);
    }

    [Fact]
    public async Task A_call_takes_so_many_requests()
    {
        GrainCall second = await OccupyReads();
        for (int i = 0; i < FileRequest.MaxOfCall + 1; i++)
            _ = Get($"/{i}");
        second.Answer(new FileAnswer[] { new(Content: new FileContent(4, [1], 9)) });
        RequestsOf(await _f.Shared.NextAsync("Answer")).Length.ShouldBe(FileRequest.MaxOfCall);
    }

    [Fact]
    public async Task What_an_application_sends_with_its_call_goes_with_no_other()
    {
        _ = Set("/a");
        await _f.Grain.NextAsync("Set");
        RequestContext.Set("tenant", "t1");
        _ = Set("/b");
        (await _f.Grain.NextAsync("Set")).Argument<string>(0).ShouldBe("/b");
        RequestContext.Clear();
    }

    [Fact]
    public async Task A_call_is_of_the_first_trace_in_it_and_linked_with_the_others()
    {
        GrainCall before = await Occupy();
        using var trace = new RecordedTrace();
        Task<long>[] writes = [Traced("/b"), Set("/c"), Traced("/d")];
        before.Answer(new FileAnswer[] { new(6) });
        GrainCall together = await _f.Shared.NextAsync("Answer");
        PathsOf(together).ShouldBe(["/b", "/c", "/d"]);
        string? parent = together.TraceParent;
        together.Answer(new FileAnswer[] { new(7), new(8), new(9) });
        await Task.WhenAll(writes);

        Activity call = (await trace.Ended("doozer.requests", 1)).ShouldHaveSingleItem();
        call.Id.ShouldBe(parent);
        call.GetTagItem("doozer.requests").ShouldBe(3);
        Activity[] requests = await trace.Ended("doozer.set", 2);
        Activity first = requests.Single(request => request.SpanId == call.ParentSpanId);
        Activity second = requests.Single(request => request != first);
        call.Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(second.SpanId);
        second.Links.ShouldHaveSingleItem().Context.SpanId.ShouldBe(call.SpanId);
        return;

        Task<long> Traced(string path)
        {
            Activity root = trace.Begin();
            Task<long> write = Set(path);
            root.Stop();
            return write;
        }
    }

    [Fact]
    public async Task A_request_of_a_trace_that_an_application_records_by_itself_goes_alone()
    {
        _ = Set("/a");
        await _f.Grain.NextAsync("Set");
        using Activity span = new Activity("test").SetIdFormat(ActivityIdFormat.W3C);
        span.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        span.Start();
        _ = Set("/b");
        (await _f.Grain.NextAsync("Set")).Argument<string>(0).ShouldBe("/b");
    }

    /// <summary>Has as many calls under way as may be. When the one that it gives is answered, the next can go.</summary>
    private async Task<GrainCall> Occupy()
    {
        _ = Set("/first");
        await _f.Grain.NextAsync("Set");
        _ = Set("/second");
        return await _f.Shared.NextAsync("Answer");
    }

    private async Task<GrainCall> OccupyReads()
    {
        _ = Get("/first");
        await _f.Grain.NextAsync("Get");
        _ = Get("/second");
        return await _f.Shared.NextAsync("Answer");
    }

    private static FileRequest[] RequestsOf(GrainCall call) => call.Argument<Immutable<FileRequest[]>>(0).Value;

    private static IEnumerable<string> PathsOf(GrainCall call) => RequestsOf(call).Select(request => request.Path);

    private Task<long> Set(string path, int bytes = 3) =>
        _f.Client.SetAsync(path, new byte[bytes], Revisions.Clobber, cancellationToken: ClientFixture.Token);

    private Task<FileContent> Get(string path, ReadMode mode = ReadMode.Linearizable) =>
        _f.Client.GetAsync(path, mode: mode, cancellationToken: ClientFixture.Token);
}
