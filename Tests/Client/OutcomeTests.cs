namespace Doozer.Tests.Client;

/// <summary>What a caller is told when time runs out: "not done" only when that is sure.</summary>
public sealed class OutcomeTests
{
    [Fact]
    public async Task A_write_that_nobody_answered_has_an_unknown_outcome()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        for (int i = 0; i < 5; i++)
            await f.Time.FireAsync(ClientFixture.Attempt);

        OutcomeUnknownException error = await Should.ThrowAsync<OutcomeUnknownException>(write);
        error.RequestId.ShouldBe((await f.Grain.NextAsync("Nop")).RequestId);
        f.Time.Now.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task That_an_outcome_is_unknown_is_said_once()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        while (!write.IsCompleted)
        {
            (await f.Grain.NextAsync("Nop")).Fail(new OutcomeUnknownException(Guid.NewGuid(), "the disk is slow"));
            if (!write.IsCompleted)
                await f.Time.FireAsync(TimeSpan.FromSeconds(10));
        }

        (await Should.ThrowAsync<OutcomeUnknownException>(write)).Detail
            .ShouldEndWith("(last failure: OutcomeUnknownException: the disk is slow)");
    }

    [Fact]
    public async Task A_write_that_no_attempt_can_have_done_ends_with_the_last_typed_error()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        while (!write.IsCompleted)
        {
            (await f.Grain.NextAsync("Nop")).Fail(ClientFixture.NoQuorum());
            if (!write.IsCompleted)
                await f.Time.FireAsync(ClientFixture.Backoff);
        }

        (await Should.ThrowAsync<NoQuorumException>(write)).Missing.ShouldBe(["n2", "n3"]);
    }

    [Fact]
    public async Task One_attempt_that_may_have_been_done_makes_the_outcome_unknown_whatever_comes_later()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).Fail(ClientFixture.SiloDown());
        await f.Time.FireAsync(ClientFixture.Backoff);
        while (!write.IsCompleted)
        {
            (await f.Grain.NextAsync("Nop")).Fail(ClientFixture.NoQuorum());
            if (!write.IsCompleted)
                await f.Time.FireAsync(ClientFixture.Backoff);
        }

        await Should.ThrowAsync<OutcomeUnknownException>(write);
    }

    [Fact]
    public async Task A_silo_s_own_refusal_does_not_settle_a_write_that_another_may_have_done()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).Fail(ClientFixture.SiloDown());
        await f.Time.FireAsync(ClientFixture.Backoff);
        while (!write.IsCompleted)
        {
            (await f.Grain.NextAsync("Nop")).Fail(new InvalidNamespaceException("main", "there are too many"));
            if (!write.IsCompleted)
                await f.Time.FireAsync(ClientFixture.Backoff);
        }

        await Should.ThrowAsync<OutcomeUnknownException>(write);
    }

    [Fact]
    public async Task A_silo_s_own_refusal_does_not_settle_a_write_while_another_attempt_is_open()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        GrainCall first = await f.Grain.NextAsync("Nop");
        await f.Time.FireAsync(ClientFixture.Attempt);
        (await f.Grain.NextAsync("Nop")).Fail(new BodyTooLargeException(2, 1));
        await f.Time.FireAsync(ClientFixture.Backoff);
        first.Answer(7L);

        (await write).ShouldBe(7);
    }

    [Fact]
    public async Task A_silo_s_own_refusal_settles_a_write_that_nobody_else_has()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).Fail(ClientFixture.NoQuorum());
        await f.Time.FireAsync(ClientFixture.Backoff);
        (await f.Grain.NextAsync("Nop")).Fail(new BodyTooLargeException(2, 1));

        await Should.ThrowAsync<BodyTooLargeException>(write);
    }

    /// <summary>
    /// The silo tries for 5 s before it says so; the attempts in between are not given up, and all say the same.
    /// </summary>
    [Fact]
    public async Task A_silo_s_late_word_that_there_is_no_quorum_is_heard()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        GrainCall first = await f.Grain.NextAsync("Nop");
        await f.Time.FireAsync(ClientFixture.Attempt);
        GrainCall second = await f.Grain.NextAsync("Nop");
        await f.Time.FireAsync(ClientFixture.Attempt);
        GrainCall third = await f.Grain.NextAsync("Nop");
        await f.Time.FireAsync(ClientFixture.Attempt);
        GrainCall fourth = await f.Grain.NextAsync("Nop");
        foreach (GrainCall? call in new[] { first, second, third, fourth })
            call.Fail(ClientFixture.NoQuorum());

        await Should.ThrowAsync<NoQuorumException>(write);
        f.Time.Now.ShouldBe(TimeSpan.FromSeconds(6));
        f.Grain.HasMore.ShouldBeFalse();
    }

    [Fact]
    public async Task A_read_says_no_quorum_without_waiting_for_its_other_attempts()
    {
        var f = new ClientFixture();
        Task<long> read = f.Client.RevisionAsync(cancellationToken: ClientFixture.Token);
        GrainCall first = await f.Grain.NextAsync("Rev");
        for (int i = 0; i < 3; i++)
        {
            await f.Time.FireAsync(ClientFixture.Attempt);
            await f.Grain.NextAsync("Rev");
        }

        first.Fail(ClientFixture.NoQuorum());
        await Should.ThrowAsync<NoQuorumException>(read);
        f.Time.Now.ShouldBe(TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_read_that_nobody_answered_ends_with_a_typed_error()
    {
        var f = new ClientFixture();
        Task<FileContent> read = f.Client.GetAsync("/a", cancellationToken: ClientFixture.Token);
        for (int i = 0; i < 5; i++)
            await f.Time.FireAsync(ClientFixture.Attempt);
        (await Should.ThrowAsync<NodeUnavailableException>(read)).Message.ShouldContain("10 s");
    }

    [Fact]
    public async Task An_exception_that_nobody_foresaw_leaves_a_write_unknown_and_surfaces_from_a_read()
    {
        var f = new ClientFixture();
        Task<long> write = f.Client.NopAsync(cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Nop")).Fail(new InvalidOperationException("odd"));
        (await Should.ThrowAsync<OutcomeUnknownException>(write)).Detail.ShouldContain("odd");

        Task<FileContent> read = f.Client.GetAsync("/a", cancellationToken: ClientFixture.Token);
        (await f.Grain.NextAsync("Get")).Fail(new InvalidOperationException("odd"));
        await Should.ThrowAsync<InvalidOperationException>(read);
    }
}
