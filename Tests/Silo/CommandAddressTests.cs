using System.Net;
using System.Net.Sockets;
using Doozer.Silo.Commands;
using Doozer.Silo.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Doozer.Tests.Silo;

/// <summary>Commands that were given several addresses.</summary>
public sealed class CommandAddressTests : IAsyncLifetime
{
    // Nothing listens on the discard port of a loopback address that nobody uses.
    private const string Nowhere = "http://127.9.9.9:9";

    private static readonly NoQuorumException NoQuorum = new("main", "2 of n1, n2, n3", ["n2", "n3"]);

    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task The_next_address_is_tried_when_one_is_down()
    {
        (await Run("add /a", "x", $"{Nowhere},{_node.Address}")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await Run("get /a", "", $"{_node.Address},{Nowhere}")).Output.ShouldBe("x");
    }

    [Fact]
    public async Task The_next_address_is_tried_when_one_does_not_know_the_name_it_has_there()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapFallback("{*url}", () => Results.StatusCode(421));
        await app.StartAsync(TestContext.Current.CancellationToken);
        (await Run("rev", address: $"{app.Urls.First()},{_node.Address}")).Output.ShouldBe("0\n");
    }

    [Fact]
    public async Task A_write_whose_answer_was_lost_is_sent_again_under_its_id_and_done_once()
    {
        _node.Main.FailureAfterNextWrite = new TimeoutException("the answer was lost");
        (await Run("add /a", "x", $"{_node.Address},{_node.Address}")).ShouldBe(new CommandResult(0, "1\n", ""));
        _node.Main.RequestIds.Count.ShouldBe(2);
        _node.Main.RequestIds.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_write_that_may_be_done_is_never_reported_as_not_done()
    {
        _node.Main.FailureAfterNextWrite = new TimeoutException("the answer was lost");
        CommandResult outcome = await Run("add /a", "x", $"{_node.Address},{Nowhere}");
        outcome.ExitCode.ShouldBe(2);
        outcome.Error.ShouldBe($"doozer: It is not known whether the write {_node.Main.RequestIds[0]} was done: " +
            "the call failed (TimeoutException).\n");
    }

    [Fact]
    public async Task What_a_node_says_of_a_write_that_may_be_done_is_not_said_again()
    {
        var old = new RequestTooOldException(Guid.NewGuid(), 7);
        _node.Main.Failure = old;
        (await Run("add /a", "x", $"{_node.Address},{Nowhere}")).ShouldBe(new CommandResult(2, "", $"doozer: {old.Message}\n"));
        var unknown = new OutcomeUnknownException(Guid.NewGuid(), "no answer came");
        StoreErrors.Of(Problems.Of(unknown), "main").Message.ShouldBe(unknown.Message);
    }

    [Fact]
    public async Task A_write_stays_open_for_the_reason_of_the_address_that_may_have_done_it()
    {
        await using HttpNode other = await HttpNode.Start();
        other.Main.Failure = NoQuorum;
        using var silo = new TcpListener(IPAddress.Loopback, 0);
        silo.Start();
        Task<CommandResult> command = Run("add /a", "x", $"{silo.LocalEndpoint},{other.Address}");
        using (await silo.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
        }

        CommandResult outcome = await command;
        outcome.ExitCode.ShouldBe(2);
        outcome.Error.ShouldStartWith($"doozer: It is not known whether the write {other.Main.RequestIds[0]} was done: ");
        outcome.Error.ShouldContain($"http://{silo.LocalEndpoint}/ ");
    }

    [Theory]
    [InlineData("get /a", 0)]
    [InlineData("get /a", 1)]
    [InlineData("get /a", 2)]
    [InlineData("add /a", 0)]
    [InlineData("wait /**", 1)]
    public async Task Of_several_addresses_the_node_that_lives_says_what_is_wrong(string command, int position)
    {
        _node.Main.Failure = NoQuorum;
        List<string> addresses = [Nowhere, Nowhere];
        addresses.Insert(position, _node.Address.ToString());
        (await Run(command, "x", string.Join(',', addresses)))
            .ShouldBe(new CommandResult(2, "", $"doozer: {NoQuorum.Message}\n"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_that_starts_does_not_hide_what_one_that_serves_says(bool startsFirst)
    {
        await using HttpNode starting = await HttpNode.Start();
        starting.Main.Failure = new NodeUnavailableException("n2", "it is starting");
        _node.Main.Failure = NoQuorum;
        string[] addresses = startsFirst
            ? [starting.Address.ToString(), _node.Address.ToString(), Nowhere]
            : [_node.Address.ToString(), starting.Address.ToString(), Nowhere];
        (await Run("get /a", "", string.Join(',', addresses))).Error.ShouldBe($"doozer: {NoQuorum.Message}\n");
        _node.Main.Failure = starting.Main.Failure;
        (await Run("get /a", "", string.Join(',', addresses))).Error.ShouldContain("it is starting");
    }

    [Fact]
    public async Task Watch_goes_on_at_the_next_address_without_a_gap_or_a_repeat()
    {
        await using HttpNode other = await HttpNode.Start();
        foreach (HttpNode node in new[] { _node, other })
        {
            await node.Main.Set("/a", "1"u8.ToArray(), -1, Guid.Empty);
            await node.Main.Set("/b", "2"u8.ToArray(), -1, Guid.Empty);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var output = new WatchedStream();
        using var error = new StringWriter();
        Task<int> watch = DoozerCommand.Run(
            ["watch", "/**", "-r", "1", "-a", $"{_node.Address},{other.Address}"],
            new CommandConsole(Stream.Null, output, error),
            stop.Token);
        await output.Contains("2 set /b 1\n2\n");

        await other.Main.Set("/c", "3"u8.ToArray(), -1, Guid.Empty);
        _node.Main.Failure = new NodeUnavailableException("n1", "it stops");
        _node.Main.WakeWaiters();
        await output.Contains("3 set /c 1\n3\n");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(watch);
        output.Text.ShouldBe("1 set /a 1\n1\n2 set /b 1\n2\n3 set /c 1\n3\n");
    }

    [Fact]
    public async Task Wait_goes_on_at_the_next_address_and_misses_nothing_in_between()
    {
        await using HttpNode other = await HttpNode.Start();
        Task<CommandResult> wait = Run("wait /**", address: $"{_node.Address},{other.Address}");
        await _node.Main.IsWaitedOn;

        // It happens before the other node is asked.
        await other.Main.Set("/a", "x"u8.ToArray(), -1, Guid.Empty);
        _node.Main.Failure = new NodeUnavailableException("n1", "it stops");
        _node.Main.WakeWaiters();
        (await wait.WaitAsync(TestContext.Current.CancellationToken)).Output.ShouldBe("1 set /a 1\nx\n");
    }

    private static Task<CommandResult> Run(string arguments, string input = "", string address = "") =>
        CommandLine.Run(input, [.. arguments.Split(' '), "-a", address]);
}
