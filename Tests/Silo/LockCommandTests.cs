using System.Runtime.InteropServices;
using Doozer.Silo.Commands;
using Doozer.Silo.Http;
using Doozer.Tests.EndToEnd;
using Doozer.Tests.Storage;

namespace Doozer.Tests.Silo;

/// <summary>Commands that run another one while they hold something.</summary>
public sealed class LockCommandTests : IAsyncLifetime
{
    private const string Nowhere = "http://127.9.9.9:9";

    private readonly TemporaryDirectory _folder = new();
    private HttpNode _node = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_command_runs_while_it_holds_the_lock_and_tells_how_it_ended()
    {
        CommandResult result = await Run(
            ["lock", "/l"], $"echo \"$DOOZER_FENCING_TOKEN $DOOZER_SESSION\" >{In("told")}; exit 7");
        result.ShouldBe(new CommandResult(7, "", ""));
        (await Read("told")).ShouldBe("2 1\n");
        await NothingIsLeft();
    }

    [Fact]
    public async Task Those_who_want_a_lock_get_it_one_after_the_other()
    {
        Task<CommandResult> first = Run(["lock", "/l"], Waiting("first"));
        await UntilThere("first");
        (await Run(["lock", "/l", "--wait", "0s"], "exit 1")).ShouldBe(
            new CommandResult(124, "", "doozer: The lock '/l' could not be had in time.\n"));
        Task<CommandResult> second = Run(["lock", "/l"], $"echo $DOOZER_FENCING_TOKEN >{In("second")}");
        await UntilFiles("/l/*", 2);
        File.Exists(In("second")).ShouldBeFalse();

        await File.WriteAllTextAsync(In("go"), "", Cancellation);
        (await first).ExitCode.ShouldBe(0);
        (await second).ExitCode.ShouldBe(0);
        long.Parse(await Read("second")).ShouldBeGreaterThan(long.Parse(await Read("first")));
        await NothingIsLeft();
    }

    [Theory]
    [InlineData("exec sleep 600")]
    [InlineData("trap '' TERM; sleep 600; sleep 600")]
    public async Task A_command_has_to_end_when_the_lock_is_lost(string work)
    {
        Task<CommandResult> held = Run(["lock", "/l"], $"echo $DOOZER_SESSION >{In("started")}; {work}");
        await UntilThere("started");
        await _node.Main.CloseSession(long.Parse(await Read("started")), Guid.NewGuid());
        (await held).ShouldBe(
            new CommandResult(123, "", "doozer: The lock '/l' was lost. The command has to end.\n"));
    }

    [Fact]
    public async Task A_command_has_to_end_when_the_session_is_not_confirmed_in_time()
    {
        Task<CommandResult> held = Run(["lock", "/l", "--ttl", "3s"], $"echo $DOOZER_SESSION >{In("started")}; exec sleep 600");
        await UntilThere("started");
        _node.Main.FailureOfKeepAlive = new NoQuorumException("main", "2 of 3", ["n2"]);
        (await held).ExitCode.ShouldBe(123);
    }

    [Theory]
    [InlineData(125, "lock", "relative", "--", "true")]
    [InlineData(125, "lock", "/ctl/x", "--", "true")]
    [InlineData(125, "lock", "/l", "--ttl", "2h", "--", "true")]
    [InlineData(126, "lock", "/l", "--", "/")]
    [InlineData(127, "lock", "/l", "--", "/no/such/program")]
    [InlineData(2, "lock", "/l")]
    [InlineData(2, "elect", "/l", "--value", "", "--", "true")]
    public async Task What_goes_wrong_otherwise_has_a_status_of_its_own(int status, params string[] arguments)
    {
        int end = Array.IndexOf(arguments, "--") is >= 0 and int dashes ? dashes : arguments.Length;
        string[] all = [.. arguments[..end], "-a", _node.Address.ToString(), .. arguments[end..]];
        (await CommandLine.Run("", all)).ExitCode.ShouldBe(status);
        await NothingIsLeft();
    }

    [Fact]
    public async Task A_leader_is_found_as_long_as_its_command_runs()
    {
        Task<CommandResult> elected = Run(["elect", "/e", "--value", "here:1"], Waiting("leads"));
        await UntilThere("leads");
        FileContent leader = await _node.Main.Get("/e/leader", Revisions.Latest, ReadMode.Linearizable);
        leader.Body.ShouldBe("here:1"u8.ToArray());
        leader.Session.ShouldNotBe(0);
        await File.WriteAllTextAsync(In("go"), "", Cancellation);
        (await elected).ShouldBe(new CommandResult(0, "", ""));
        await NothingIsLeft();
    }

    [Fact]
    public async Task A_node_that_is_down_is_passed_over()
    {
        CommandResult result = await CommandLine.Run("", "lock", "/l", "-a", $"{Nowhere},{_node.Address}", "--", "true");
        result.ShouldBe(new CommandResult(0, "", ""));
    }

    [Fact]
    public async Task Signals_go_on_to_the_command()
    {
        await using var held = DoozerProcess.Start(
            _folder.Path,
            ["lock", "/l", "-a", _node.Address.ToString(), "--", "sh", "-c",
                "trap 'echo told; exit 5' TERM; echo runs; while :; do sleep 0.05; done"]);
        while (!held.Output.Contains("runs", StringComparison.Ordinal) && !held.HasExited)
            await Pause();
        (await held.Terminate()).ShouldBe(5, held.Error);
        held.Output.ShouldBe("runs\ntold\n");
        await NothingIsLeft();
    }

    [Fact]
    public async Task Nothing_is_left_of_one_that_is_interrupted_while_it_waits()
    {
        Task<CommandResult> first = Run(["lock", "/l"], Waiting("first"));
        await UntilThere("first");
        await using var second = DoozerProcess.Start(
            _folder.Path, ["lock", "/l", "-a", _node.Address.ToString(), "--", "echo", "runs"]);
        await UntilFiles("/l/*", 2);
        (await second.Terminate()).ShouldBe(128 + 15, second.Error);
        second.Output.ShouldBeEmpty();
        await UntilFiles("/**", 2);
        await File.WriteAllTextAsync(In("go"), "", Cancellation);
        (await first).ExitCode.ShouldBe(0);
        await NothingIsLeft();
    }

    [Fact]
    public void Only_the_first_signal_without_a_command_is_heeded()
    {
        using var signals = new PassedSignals(CancellationToken.None);
        var first = new PosixSignalContext(PosixSignal.SIGTERM);
        signals.Heed(first);
        first.Cancel.ShouldBeTrue();
        signals.Stop.IsCancellationRequested.ShouldBeTrue();
        signals.Received.ShouldBe(15);

        var next = new PosixSignalContext(PosixSignal.SIGINT);
        signals.Heed(next);
        next.Cancel.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(HttpErrorTests.Errors), MemberType = typeof(HttpErrorTests), DisableDiscoveryEnumeration = true)]
    public void An_error_is_the_same_after_its_way_over_HTTP(DoozerException error, int status)
    {
        ArgumentNullException.ThrowIfNull(error);
        DoozerException came = StoreErrors.Of(Problems.Of(error), "main");
        came.Code.ShouldBe(error.Code);

        // What no other attempt would change needs no type of its own.
        if (error is FutureRevisionException
            || (status != 400 && error is not (ReservedPathException or BodyTooLargeException)))
        {
            came.ShouldBeOfType(error.GetType());
        }
    }

    /// <summary>A command that says which fencing token it has, and runs until it may go.</summary>
    private string Waiting(string name) =>
        $"echo $DOOZER_FENCING_TOKEN >{In(name)}; until [ -e {In("go")} ]; do sleep 0.02; done";

    private Task<CommandResult> Run(string[] arguments, string script) =>
        CommandLine.Run("", [.. arguments, "-a", _node.Address.ToString(), "--", "sh", "-c", script]);

    private string In(string name) => Path.Combine(_folder.Path, name);

    private Task<string> Read(string name) => File.ReadAllTextAsync(In(name), Cancellation);

    private async Task UntilThere(string name)
    {
        while (!File.Exists(In(name)) || new FileInfo(In(name)).Length == 0)
            await Pause();
    }

    private async Task UntilFiles(string glob, int count)
    {
        while ((await _node.Main.Walk(glob, "", 1000, Revisions.Latest, ReadMode.Linearizable)).Files.Length != count)
            await Pause();
    }

    /// <summary>Neither a file nor a session.</summary>
    private async Task NothingIsLeft() =>
        (await _node.Main.Walk("/**", "", 1000, Revisions.Latest, ReadMode.Linearizable)).Files.ShouldBeEmpty();

    private static Task Pause() => Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
}
