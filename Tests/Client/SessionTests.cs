using Doozer.Client;

namespace Doozer.Tests.Client;

public sealed class SessionTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Usable = TimeSpan.FromSeconds(9);

    private readonly VirtualTime _time = new();
    private readonly List<(TimeSpan At, long[] Ids)> _calls = [];
    private readonly List<long> _closed = [];
    private readonly SessionKeeper _keeper;
    private Func<long[], Task<long[]>> _answer = static _ => Task.FromResult<long[]>([]);
    private Func<CancellationToken, Task> _close = static _ => Task.CompletedTask;
    private long _opened;

    public SessionTests() => _keeper = new SessionKeeper("main", _time, KeepAlive, Close);

    [Fact]
    public async Task A_session_is_renewed_every_third_of_its_ttl()
    {
        Session session = await Open();
        _time.RunFor(TimeSpan.FromHours(1));
        session.IsAlive.ShouldBeTrue();
        session.Lost.IsCancellationRequested.ShouldBeFalse();
        _calls.Count.ShouldBeInRange(1070, 1080);
        _calls.ShouldAllBe(call => call.Ids.Single() == session.Id);
    }

    [Fact]
    public async Task A_session_that_is_not_confirmed_is_lost_before_the_store_ends_it()
    {
        _answer = static _ => new TaskCompletionSource<long[]>().Task;
        Session session = await Open();
        _time.RunFor(Usable - TimeSpan.FromMilliseconds(1));
        session.Lost.IsCancellationRequested.ShouldBeFalse();
        session.IsAlive.ShouldBeTrue();
        _time.RunFor(TimeSpan.FromMilliseconds(1));
        session.Lost.IsCancellationRequested.ShouldBeTrue();
        session.IsAlive.ShouldBeFalse();
        _calls.Count.ShouldBeGreaterThan(2, "a call without an answer must not keep others from another gateway");
        int calls = _calls.Count;
        _time.RunFor(Ttl);
        _calls.Count.ShouldBe(calls, "what is lost is not renewed");
    }

    [Fact]
    public async Task A_process_that_did_not_run_sees_by_the_clock_that_its_session_is_over()
    {
        Session session = await Open();
        _time.Pass(Usable);
        session.IsAlive.ShouldBeFalse();
        Should.Throw<SessionExpiredException>(session.ThrowIfLost).Session.ShouldBe(session.Id);
    }

    [Fact]
    public async Task A_session_counts_from_before_it_was_asked_for()
    {
        _answer = static _ => Task.FromException<long[]>(ClientFixture.NoQuorum());
        Session session = await _keeper.OpenAsync(Ttl, "me", () =>
        {
            _time.Pass(TimeSpan.FromSeconds(4));
            return Task.FromResult(1L);
        });
        _time.RunFor(TimeSpan.FromSeconds(4.9));
        session.IsAlive.ShouldBeTrue();
        _time.RunFor(TimeSpan.FromSeconds(0.1));
        session.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_session_whose_opening_took_too_long_is_opened_again()
    {
        TimeSpan delay = Usable;
        Session session = await _keeper.OpenAsync(Ttl, "me", () =>
        {
            _time.Pass(delay);
            delay = TimeSpan.Zero;
            return Task.FromResult(++_opened);
        });
        session.Id.ShouldBe(2);
        session.IsAlive.ShouldBeTrue();
    }

    [Fact]
    public async Task A_late_answer_counts_from_when_its_question_was_sent()
    {
        var answer = new TaskCompletionSource<long[]>();
        _answer = _ => _calls.Count == 1 ? answer.Task : new TaskCompletionSource<long[]>().Task;
        Session session = await Open();
        _time.RunFor(TimeSpan.FromSeconds(8));
        answer.SetResult([]);
        TimeSpan end = _calls[0].At + Usable;
        _time.RunFor(end - _time.Now - TimeSpan.FromMilliseconds(1));
        session.IsAlive.ShouldBeTrue();
        _time.RunFor(TimeSpan.FromMilliseconds(1));
        session.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task A_failed_call_is_repeated_soon()
    {
        _answer = _ => _calls.Count <= 5 ? Task.FromException<long[]>(ClientFixture.NoQuorum()) : Task.FromResult<long[]>([]);
        Session session = await Open();
        _time.RunFor(TimeSpan.FromSeconds(6));
        _calls.Count.ShouldBe(6);
        (_calls[5].At - _calls[0].At).ShouldBeLessThan(TimeSpan.FromSeconds(2.5));
        _time.RunFor(TimeSpan.FromMinutes(1));
        session.IsAlive.ShouldBeTrue();
    }

    [Fact]
    public async Task What_the_store_says_is_over_is_lost_at_once()
    {
        Session one = await Open();
        Session other = await Open();
        _answer = _ => Task.FromResult<long[]>([one.Id]);
        _time.RunFor(Ttl / 3 + TimeSpan.FromMilliseconds(1));
        one.Lost.IsCancellationRequested.ShouldBeTrue();
        other.Lost.IsCancellationRequested.ShouldBeFalse();
        _answer = static _ => Task.FromResult<long[]>([]);
        _time.RunFor(Ttl);
        _calls[^1].Ids.ShouldBe([other.Id]);
    }

    [Fact]
    public async Task Ten_thousand_sessions_gather_in_few_calls()
    {
        var sessions = new List<Session>();
        for (int i = 0; i < 10_000; i++)
        {
            sessions.Add(await Open());
            _time.RunFor(TimeSpan.FromMicroseconds(300));
        }

        _time.RunFor(Ttl);
        _calls.Clear();
        _time.RunFor(TimeSpan.FromSeconds(100));
        _calls.Count.ShouldBeInRange(29, 31);
        _calls.ShouldAllBe(call => call.Ids.Length == 10_000);
        sessions.ShouldAllBe(session => session.IsAlive);
    }

    [Fact]
    public async Task More_sessions_than_a_call_may_have_take_two()
    {
        for (int i = 0; i <= Limits.KeepAliveSessions; i++)
            await Open();
        _time.RunFor(Ttl / 3 + TimeSpan.FromMilliseconds(2));
        _calls.Select(call => call.Ids.Length).ShouldBe([Limits.KeepAliveSessions, 1]);
    }

    [Fact]
    public async Task Sessions_that_began_at_different_times_go_together_from_then_on()
    {
        Session one = await Open();
        _time.RunFor(TimeSpan.FromSeconds(1));
        Session other = await Open();
        _time.RunFor(TimeSpan.FromSeconds(7));
        _calls.Count.ShouldBe(2);
        _calls.ShouldAllBe(call => call.Ids.Order().SequenceEqual(new[] { one.Id, other.Id }));
    }

    [Fact]
    public async Task A_closed_session_is_over_here_and_in_the_store()
    {
        Session session = await Open();
        await session.CloseAsync(ClientFixture.Token);
        await session.DisposeAsync();
        _closed.ShouldBe([session.Id]);
        session.Lost.IsCancellationRequested.ShouldBeTrue();
        _time.RunFor(Ttl);
        _calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Closing_what_is_over_is_no_error()
    {
        Session session = await Open();
        _close = _ => Task.FromException(new SessionExpiredException(session.Id));
        await session.CloseAsync(ClientFixture.Token);
    }

    [Fact]
    public async Task Closing_says_when_it_failed_and_disposing_does_not()
    {
        Session session = await Open();
        _close = static _ => Task.FromException(ClientFixture.NoQuorum());
        await Should.ThrowAsync<NoQuorumException>(() => session.CloseAsync(ClientFixture.Token));
        await session.DisposeAsync();
        session.IsAlive.ShouldBeFalse();
    }

    [Fact]
    public async Task Closing_waits_no_longer_than_the_ttl()
    {
        Session session = await Open();
        _close = stop => Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
        Task closing = session.DisposeAsync().AsTask();
        _time.RunFor(Ttl - TimeSpan.FromMilliseconds(1));
        closing.IsCompleted.ShouldBeFalse();
        _time.RunFor(TimeSpan.FromMilliseconds(1));
        await closing;
    }

    private Task<Session> Open() => _keeper.OpenAsync(Ttl, "me", () => Task.FromResult(++_opened));

    private Task<long[]> KeepAlive(long[] ids)
    {
        _calls.Add((_time.Now, ids));
        return _answer(ids);
    }

    private Task Close(long id, CancellationToken stop)
    {
        _closed.Add(id);
        return _close(stop);
    }
}
