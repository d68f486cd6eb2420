using Doozer.Tree;

namespace Doozer.Tests.Silo;

public sealed class HistoryCommandTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task The_revisions_of_a_file_are_printed_newest_first()
    {
        await Run("add /a", "one");
        await Run("add /other", "x");
        await Run("session open");
        await Run("set /a 1 -s 3", "four");
        await Run("del /a 4");
        (await Run("history /a")).ShouldBe(new CommandResult(0, "5 del\n4 set 4 3\n1 set 3\n", ""));
        (await Run("history /a --local")).Output.ShouldBe("5 del\n4 set 4 3\n1 set 3\n");
        (await Run("history /a --limit 2")).Output.ShouldBe("5 del\n4 set 4 3\n");
        (await Run("history /a -r 4")).Output.ShouldBe("4 set 4 3\n1 set 3\n");
        (await Run("history /a --json --limit 2")).Output.ShouldBe("""
            {"revision":5,"kind":"del","path":"/a","length":0}
            {"revision":4,"kind":"set","path":"/a","length":4,"session":3}

            """);
    }

    [Fact]
    public async Task Many_revisions_are_looked_through_in_growing_pieces()
    {
        await Run("add /a", "x");
        for (int i = 0; i < 5000; i++)
            await _node.Main.Nop(Guid.Empty);
        for (int i = 0; i < 1500; i++)
            await _node.Main.Set("/a", [], Revisions.Clobber, Guid.Empty);
        string[] lines = (await Run("history /a")).Output.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBe(1501);
        lines[0].ShouldBe("6501 set 0");
        lines[^2].ShouldBe("5002 set 0");
        lines[^1].ShouldBe("1 set 1");
    }

    [Fact]
    public async Task What_a_file_was_before_all_that_is_retained_is_the_last_that_is_printed()
    {
        _node.Namespaces["main"] = new FakeNamespace(new TreeOptions { HistoryLimit = 4, RootInterval = 1 });
        await Run("add /a", "old");
        for (int i = 0; i < 20; i++)
            await Run("nop");
        await Run("set /a 1", "newer");
        (await Run("history /a")).ShouldBe(new CommandResult(0, "22 set 5\n1 set 3\n", ""));

        // It was changed by the very oldest that is retained: that is told once.
        for (int i = 0; i < 3; i++)
            await Run("nop");
        (await Run("history /a")).Output.ShouldBe("22 set 5\n");
    }

    [Theory]
    [InlineData("/none", "There is nothing at '/none', and no retained revision changed it.")]
    [InlineData("/d", "'/d' is a directory.")]
    [InlineData("/*", "is not valid")]
    [InlineData("/d/a -r 9", "does not exist yet")]
    public async Task What_has_no_history_is_told(string arguments, string message)
    {
        await Run("add /d/a", "x");
        CommandResult result = await Run($"history {arguments}");
        result.ExitCode.ShouldBe(2);
        result.Output.ShouldBeEmpty();
        result.Error.ShouldContain(message);
    }

    private Task<CommandResult> Run(string arguments, string input = "") =>
        CommandLine.Run(input, [.. arguments.Split(' '), "-a", _node.Address.ToString()]);
}
