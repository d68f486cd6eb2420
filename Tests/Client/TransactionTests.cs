using System.Text;
using Doozer.Client;

namespace Doozer.Tests.Client;

public sealed class TransactionTests
{
    private readonly TestStore _store = new();
    private readonly IDoozerClient _client;
    private readonly TestConnection _connection;

    public TransactionTests() => (_client, _connection) = _store.Connect();

    private static CancellationToken Token => ClientFixture.Token;

    [Fact]
    public async Task Changes_are_made_together_or_not_at_all()
    {
        long last = await _client.TransactAsync(
            [Change.Set("/a", [1], Revisions.Missing), Change.Set("/b", [2], Revisions.Missing)], cancellationToken: Token);
        last.ShouldBe(2);
        TransactionFailedException failed = await Should.ThrowAsync<TransactionFailedException>(() => _client.TransactAsync(
            [Change.Set("/c", [3]), Change.Check("/b", 1)], cancellationToken: Token));
        failed.Change.ShouldBe(1);
        failed.Reason.ShouldBeOfType<RevisionMismatchException>();
        (await _client.GetAsync("/c", cancellationToken: Token)).Exists.ShouldBeFalse();
    }

    [Theory]
    [InlineData(nameof(Fault.Vanishes))]
    [InlineData(nameof(Fault.AnswerLost))]
    public async Task A_transaction_whose_answer_is_lost_is_submitted_again_and_done_once(string fault)
    {
        _connection.Faults = (_, call) => call == 0 ? Enum.Parse<Fault>(fault) : Fault.None;
        long last = await _store.Run(_client.TransactAsync([Change.Set("/a", [1], Revisions.Missing)], cancellationToken: Token));
        last.ShouldBe(1);
        _store.Tree.Revision.ShouldBe(1);
        _connection.Calls.ShouldBe(["Transact", "Transact"]);
    }

    [Fact]
    public async Task Two_optimistic_transactions_on_one_file_lose_nothing()
    {
        (IDoozerClient other, _) = _store.Connect();
        Task[] adding = [.. Enumerable.Range(0, 4).Select(i => Add(i % 2 == 0 ? _client : other))];
        await _store.RunUntil(() => adding.All(task => task.IsCompleted));
        await Task.WhenAll(adding);
        Encoding.UTF8.GetString((await _client.GetAsync("/counter", cancellationToken: Token)).Body).ShouldBe("20");
    }

    [Fact]
    public async Task An_optimistic_transaction_runs_again_when_somebody_was_faster()
    {
        int runs = 0;
        Task<long> running = _client.TransactAsync(
            async transaction =>
            {
                FileContent file = await transaction.GetAsync("/a");
                if (++runs < 3)
                    await _client.SetAsync("/a", new byte[] { 9 }, Revisions.Clobber, cancellationToken: Token);
                transaction.Set("/b", new[] { (byte)runs });
                return file.Revision;
            },
            cancellationToken: Token);
        (await _store.Run(running)).ShouldBe(2);
        runs.ShouldBe(3);
        (await _client.GetAsync("/b", cancellationToken: Token)).Body.ShouldBe([3]);
    }

    [Fact]
    public async Task All_reads_of_a_transaction_are_of_one_revision()
    {
        await _client.SetAsync("/a", new byte[] { 1 }, Revisions.Clobber, cancellationToken: Token);
        byte[] seen = await _store.Run(_client.TransactAsync(
            async transaction =>
            {
                byte one = (await transaction.GetAsync("/a")).Body[0];
                if (one == 1)
                {
                    await _client.TransactAsync([Change.Set("/a", [2]), Change.Set("/b", [2])], cancellationToken: Token);
                    (await transaction.GetAsync("/b")).Exists.ShouldBeFalse();
                }

                return new[] { one };
            },
            cancellationToken: Token));
        seen.ShouldBe([1], "it has written nothing, so what it read need not be the newest");
    }

    [Fact]
    public async Task Who_is_always_too_late_is_told()
    {
        int runs = 0;
        Task<bool> running = _client.TransactAsync(
            async transaction =>
            {
                runs++;
                await transaction.GetAsync("/a");
                await _client.SetAsync("/a", new byte[] { 9 }, Revisions.Clobber, cancellationToken: Token);
                transaction.Delete("/a");
                return true;
            },
            attempts: 4,
            Token);
        await _store.RunUntil(() => running.IsCompleted);
        TransactionConflictException conflict = await Should.ThrowAsync<TransactionConflictException>(running);
        conflict.Attempts.ShouldBe(4);
        runs.ShouldBe(4);
        conflict.Message.ShouldContain("/a");
    }

    [Fact]
    public async Task What_is_never_possible_is_not_tried_again()
    {
        await Should.ThrowAsync<TransactionFailedException>(_client.TransactAsync(
            transaction =>
            {
                transaction.Delete("/missing");
                return Task.CompletedTask;
            },
            cancellationToken: Token));
        _connection.Calls.ShouldBe(["Transact"]);
    }

    private async Task Add(IDoozerClient client)
    {
        for (int i = 0; i < 5; i++)
        {
            await client.TransactAsync(
                async transaction =>
                {
                    FileContent file = await transaction.GetAsync("/counter");
                    int count = file.Exists ? int.Parse(Encoding.UTF8.GetString(file.Body)) : 0;
                    await Task.Yield();
                    transaction.Set("/counter", Encoding.UTF8.GetBytes($"{count + 1}"));
                },
                attempts: 100,
                Token);
        }
    }
}
