using Doozer.Tests.Silo;

namespace Doozer.Tests.EndToEnd;

/// <summary>Commands in a shell's pipes, and with streams that it has closed.</summary>
public sealed class CommandPipeTests
{
    [Fact]
    public async Task A_watch_ends_when_its_reader_has_seen_enough()
    {
        await using HttpNode node = await HttpNode.Start();
        await node.Main.Set("/a", "1"u8.ToArray(), -1, Guid.Empty);
        using var folder = new NodeFolder();
        Task<CommandResult> shell = Shell(folder, "watch '/**' -r 1 -a $1 | head -n 1", node.Address.ToString());

        // It is noticed with the next output after the reader has left, whenever that is.
        while (!shell.IsCompleted)
        {
            await node.Main.Set("/a", "1"u8.ToArray(), -1, Guid.NewGuid());
            await Task.WhenAny(
                shell,
                Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        CommandResult result = await shell;
        result.Output.ShouldBe("1 set /a 1\n");
        result.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("version >&-", "doozer: Standard output is closed.\n")]
    [InlineData("add /a -a $1 <&-", "doozer: Standard input is closed.\n")]
    public async Task A_closed_stream_is_an_error_in_a_sentence(string command, string error)
    {
        await using HttpNode node = await HttpNode.Start();
        using var folder = new NodeFolder();
        (await Shell(folder, command, node.Address.ToString())).ShouldBe(new CommandResult(2, "", error));
        node.Main.Revision.ShouldBe(0);
    }

    [Fact]
    public async Task A_command_sends_a_terminal_what_it_prints_and_nothing_else()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "It needs 'script' (the package util-linux or bsdutils).");
        using var folder = new NodeFolder();
        string script = folder.In("terminal");
        await File.WriteAllTextAsync(script, "exec script -qec \"$*\" /dev/null", TestContext.Current.CancellationToken);
        await using var terminal = DoozerProcess.Start(folder.Path, ["gett"], $"sh {script}");
        await terminal.WaitForExit();
        terminal.Output.ShouldStartWith("doozer: There is no command 'gett'");
    }

    private static async Task<CommandResult> Shell(NodeFolder folder, string command, string address)
    {
        // The process is started as 'sh SCRIPT dotnet doozer.dll ADDRESS'.
        string script = folder.In("script");
        await File.WriteAllTextAsync(
            script,
            $"doozer() {{ \"$dotnet\" \"$program\" \"$@\"; }}\ndotnet=$1 program=$2\nshift 2\ndoozer {command}\n",
            TestContext.Current.CancellationToken);
        await using var shell = DoozerProcess.Start(folder.Path, [address], $"sh {script}");
        int exitCode = await shell.WaitForExit();
        return new CommandResult(exitCode, shell.Output, shell.Error);
    }
}
