using System.Net;
using System.Net.Sockets;
using Doozer.Tests.Storage;

namespace Doozer.Tests.Silo;

/// <summary>The commands for sessions, transactions and changes that run something.</summary>
public sealed class SessionCommandTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Sessions_are_opened_listed_and_closed()
    {
        (await Run("session", "open")).ShouldBe(new CommandResult(0, "1\n", ""));
        (await Run("session", "open", "--ttl", "2.5s", "--owner", "a \"b\" ä")).ShouldBe(new CommandResult(0, "2\n", ""));
        (await Run("session", "list")).ShouldBe(new CommandResult(0, "1 10\n2 2.5 a \"b\" ä\n", ""));
        (await Run("session", "close", "1")).ShouldBe(new CommandResult(0, "3\n", ""));
        (await Run("session", "list")).Output.ShouldBe("2 2.5 a \"b\" ä\n");
        (await Run("session", "list", "-r", "1")).Output.ShouldBe("1 10\n");
        CommandResult again = await Run("session", "close", "1");
        again.ShouldBe(new CommandResult(2, "", "doozer: There is no session 1: it was closed, it expired, or it never was.\n"));
    }

    [Fact]
    public async Task A_file_that_a_session_holds_goes_with_it()
    {
        await Run("session", "open");
        (await Type("x", "add", "/a", "--session", "1")).ShouldBe(new CommandResult(0, "2\n", ""));
        (await Type("y", "set", "/b", "0", "-s", "1")).ShouldBe(new CommandResult(0, "3\n", ""));
        (await Run("stat", "/a")).Output.ShouldBe("file 2 1 1\n");
        (await Type("z", "set", "/b", "3")).Output.ShouldBe("4\n");
        (await Run("stat", "/b")).Output.ShouldBe("file 4 1\n");
        await Run("session", "close", "1");
        (await Run("find", "/")).Output.ShouldBe("/b\n");
        (await Type("x", "add", "/a", "--session", "1")).Error.ShouldStartWith("doozer: There is no session 1");
    }

    [Fact]
    public async Task A_session_is_kept_until_it_is_over()
    {
        await Run("session", "open", "--ttl", "1s");
        Task<CommandResult> kept = Run("session", "keep", "1");
        await _node.Main.IsKeptAlive.WaitAsync(TestContext.Current.CancellationToken);
        await Run("session", "close", "1");
        (await kept).ShouldBe(
            new CommandResult(2, "", "doozer: There is no session 1: it was closed, it expired, or it never was.\n"));
    }

    [Fact]
    public async Task A_session_is_kept_at_another_node_when_one_hangs()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await Run("session", "open", "--ttl", "1s");
        Task<CommandResult> kept = CommandLine.Run("", "session", "keep", "1", "-a", $"{silent.LocalEndpoint},{_node.Address}");
        await _node.Main.IsKeptAlive.WaitAsync(TestContext.Current.CancellationToken);
        await Run("session", "close", "1");
        (await kept).Error.ShouldBe("doozer: There is no session 1: it was closed, it expired, or it never was.\n");
    }

    [Fact]
    public async Task A_session_that_nobody_confirms_in_time_is_not_kept()
    {
        await Run("session", "open", "--ttl", "1s");
        Task<CommandResult> keeping = Run("session", "keep", "1");
        await _node.Main.IsKeptAlive.WaitAsync(TestContext.Current.CancellationToken);
        _node.Main.FailureOfKeepAlive = new NoQuorumException("main", "2 of 3", ["n2"]);
        CommandResult kept = await keeping;
        kept.ExitCode.ShouldBe(2);
        kept.Error.ShouldContain("doozer: The session 1 could not be kept alive in time: The namespace 'main' has no quorum");

        CommandResult never = await Run("session", "keep", "1");
        never.ExitCode.ShouldBe(2);
        never.Error.ShouldNotContain("Trying again");
    }

    [Theory]
    [InlineData("doozer: '10' is not a time: give one such as 500ms, 10s, 2.5m or 1h.\n", "session", "open", "--ttl", "10")]
    [InlineData("doozer: '-1s' is not a time: ", "session", "open", "--ttl", "-1s")]
    [InlineData("doozer: '99999999999h' is not a time: ", "session", "open", "--ttl", "99999999999h")]
    [InlineData("doozer: The argument 'ttl' is not valid: it must be from 1 to 3600 s", "session", "open", "--ttl", "2h")]
    [InlineData("doozer: The argument 'owner' is not valid: ", "session", "open", "--owner", "a\nb")]
    [InlineData("doozer: '0' is not the id of a session.\n", "session", "close", "0")]
    [InlineData("doozer: 'x' is not the id of a session.\n", "set", "/a", "0", "--session", "x")]
    [InlineData("doozer: 'doozer session keep' needs ID.\n", "session", "keep")]
    [InlineData("doozer: --exec is blank: give it a value or leave it out.\n", "watch", "/**", "--exec", "")]
    public async Task What_is_wrong_is_said(string message, params string[] arguments)
    {
        CommandResult result = await Run(arguments);
        result.ExitCode.ShouldBe(2);
        result.Error.ShouldStartWith(message);
        _node.Main.Revision.ShouldBe(0);
    }

    [Fact]
    public async Task A_transaction_is_read_line_by_line()
    {
        using var folder = new TemporaryDirectory();
        string file = Path.Combine(folder.Path, "a file");
        await File.WriteAllTextAsync(file, "from\na file", TestContext.Current.CancellationToken);
        await Run("session", "open");
        await Type("x", "add", "/old");
        CommandResult done = await Type(
            $"# all or none\n\nset /a 0 say \"hi\"  to ä \nset /empty 0\nset-file /f -1 {file}\n" +
            $"hold /h 0 1 held\nhold-file /g 0 1 {file}\ndel /old 2\ncheck /none 0",
            "transact");
        done.ShouldBe(new CommandResult(0, "8\n", ""));
        (await Run("get", "/a")).Output.ShouldBe("say \"hi\"  to ä ");
        (await Run("stat", "/empty")).Output.ShouldBe("file 4 0\n");
        (await Run("get", "/f")).Output.ShouldBe("from\na file");
        (await Run("stat", "/h")).Output.ShouldBe("file 6 4 1\n");
        (await Run("stat", "/g")).Output.ShouldBe("file 7 11 1\n");
        (await Run("find", "/")).Output.ShouldNotContain("/old");
    }

    [Theory]
    [InlineData("set /a 0 x\nmove /a 1", "Line 2: there is no change 'move', only set, set-file, hold, hold-file, ")]
    [InlineData("\n# x\nset /a", "Line 3: a revision is missing; parts have one space between them.")]
    [InlineData("set  /a 0 x", "Line 1: a path is missing; parts have one space between them.")]
    [InlineData("set /a new x", "Line 1: 'new' is not a revision.")]
    [InlineData("hold /a 0 mine x", "Line 1: 'mine' is not the id of a session.")]
    [InlineData("del /a 1 x", "Line 1: nothing may follow the revision of a del.")]
    [InlineData("check /a 1 x", "Line 1: nothing may follow the revision of a check.")]
    [InlineData("set /a 0 x\nset-file /b 0 /no/such/file", "Line 2: Could not find a part of the path '/no/such/file'.")]
    [InlineData("set-file /b 0", "Line 1: ")]
    [InlineData("set-file /b 0 /", "Line 1: '/' is a directory and has no body.")]
    [InlineData("", "Standard input has no change.")]
    [InlineData("# nothing\n", "Standard input has no change.")]
    public async Task Nothing_is_sent_when_a_line_is_none(string input, string message)
    {
        CommandResult refused = await Type(input, "transact");
        refused.ExitCode.ShouldBe(2);
        refused.Output.ShouldBeEmpty();
        refused.Error.ShouldStartWith($"doozer: {message}");
        _node.Main.RequestIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, "# one\nset /b 0 x\n\nset /a 0 x\n", "Line 4: The file '/a' is at revision 1, newer than 0.\n")]
    [InlineData(1, "check /a 2", "Line 1: The file '/a' is at revision 1, and not at 2.\n")]
    [InlineData(1, "check /none 2", "Line 1: The file '/none' is not there, and should be at revision 2.\n")]
    [InlineData(2, "del /none -1", "Line 1: There is nothing at '/none'.\n")]
    [InlineData(2, "check /a 1\nset a 0 x", "Line 2: The path 'a' is not valid: it does not start with '/'.\n")]
    public async Task The_line_of_a_change_that_fails_is_named(int status, string input, string message)
    {
        await Type("x", "add", "/a");
        (await Type(input, "transact")).ShouldBe(new CommandResult(status, "", $"doozer: {message}"));
        _node.Main.Revision.ShouldBe(1);
    }

    [Fact]
    public async Task A_command_is_run_for_each_change_in_order()
    {
        using var folder = new TemporaryDirectory();
        string log = Path.Combine(folder.Path, "log");
        await Run("session", "open");
        await Type("one", "add", "/a", "--session", "1");
        await Type("set /b 0 two\ndel /b -1", "transact");
        await Type("", "add", "/last");

        // The last one ends the watch, by an error of the store.
        _node.Main.FailureOfWait = (5, new TooLateException(6, 7));
        CommandResult watched = await Run(
            "watch", "/*", "-r", "1", "--exec",
            $"echo \"$DOOZER_REVISION $DOOZER_KIND $DOOZER_PATH $DOOZER_END '$DOOZER_SESSION' $(cat)\" >>{log}; " +
            "[ $DOOZER_KIND = set ] || exit 3");
        watched.ExitCode.ShouldBe(2);
        watched.Output.ShouldBeEmpty();
        watched.Error.ShouldStartWith("doozer: The command ended with status 3 for revision 4 of '/b'.\n");
        (await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken)).ShouldBe(
            "2 set /a 2 '1' one\n3 set /b 4 '' two\n4 del /b 4 '' \n5 set /last 5 '' \n");
    }

    [Fact]
    public async Task A_command_need_not_read_the_body()
    {
        await Type(new string('x', HttpNode.MaxBodyBytes), "add", "/a");
        _node.Main.FailureOfWait = (1, new TooLateException(2, 3));
        CommandResult watched = await Run("watch", "/*", "-r", "1", "--exec", "exit 7");
        watched.Error.ShouldStartWith("doozer: The command ended with status 7 for revision 1 of '/a'.\n");
    }

    private Task<CommandResult> Run(params string[] arguments) => Type("", arguments);

    private Task<CommandResult> Type(string input, params string[] arguments) =>
        CommandLine.Run(input, [.. arguments, "-a", _node.Address.ToString()]);
}
