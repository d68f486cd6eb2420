using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using Doozer.Silo.Commands;
using Doozer.Tests.Storage;

namespace Doozer.Tests.Silo;

/// <summary>What commands print with <c>--json</c> and <c>--time</c>: the shapes that docs/cli.md tells.</summary>
public sealed class CommandJsonTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Each_command_prints_its_data_as_an_object_on_each_line()
    {
        (await Run("add /a", "x")).ShouldBe("""{"revision":1}""");
        (await Run("session open --ttl 60s --owner O'Neil")).ShouldBe("""{"id":2,"ttl":60,"owner":"O'Neil"}""");
        (await Run("add /d/held -s 2", "y")).ShouldBe("""{"revision":3}""");
        (await Run("get /a")).ShouldBe("""{"path":"/a","revision":1,"body":"eA=="}""");
        (await Run("get /d/held")).ShouldBe("""{"path":"/d/held","revision":3,"session":2,"body":"eQ=="}""");
        (await Run("stat /d/held")).ShouldBe(
            """{"path":"/d/held","kind":"file","revision":3,"length":1,"treeRevision":3,"session":2}""");
        (await Run("ls /")).ShouldBe("""
            {"name":"a","kind":"file","revision":1,"length":1}
            {"name":"ctl","kind":"directory","revision":0,"length":1}
            {"name":"d","kind":"directory","revision":0,"length":1}
            """);
        (await Run("find /d")).ShouldBe("""{"path":"/d/held","revision":3,"length":1,"session":2}""");
        (await Run("walk /*,/d/*")).ShouldBe("""
            {"path":"/a","revision":1,"body":"eA=="}
            {"path":"/d/held","revision":3,"session":2,"body":"eQ=="}
            """);
        (await Run("wait /** -r 3")).ShouldBe("""{"revision":3,"kind":"set","path":"/d/held","body":"eQ==","session":2}""");
        (await Run("session list")).ShouldBe("""{"id":2,"ttl":60,"owner":"O'Neil"}""");
        (await Run("session close 2")).ShouldBe("""{"revision":5}""");
        (await Run("transact", "set /b 0 text")).ShouldBe("""{"revision":6}""");
        (await Run("del /b -1")).ShouldBe("""{"revision":7}""");
        (await Run("nop")).ShouldBe("""{"revision":8}""");
        (await Run("rev")).ShouldBe("""{"revision":8}""");
        (await Run("status")).ShouldStartWith("""{"namespace":"main","local":{"node":"n1","role":"Leader",""");
        (await Run("self")).ShouldStartWith("""{"node":"n1","cluster":"doozer","version":"1.2.3",""");
        (await CommandLine.Run("", "version", "--json")).Output.ShouldMatch("^\\{\"version\":\"[^\"]+\"\\}\n$");
    }

    [Fact]
    public async Task A_watch_tells_when_each_change_was_received()
    {
        await Run("add /a", "x");
        await Run("del /a 1");

        // What comes after ends it.
        _node.Main.FailureOfWait = (2, new TooLateException(3, 9));

        (await CommandLine.Run("", "watch", "/**", "-r", "1", "--time", "-a", _node.Address.ToString())).Output
            .ShouldMatch(@"^\d\d:\d\d:\d\d\.\d\d\d 1 set /a 1\nx\n\d\d:\d\d:\d\d\.\d\d\d 2 del /a\n$");
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        string[] lines = (await Run("watch /** -r 1 --time")).Split('\n');
        lines.Length.ShouldBe(2);
        using var first = JsonDocument.Parse(lines[0]);
        first.RootElement.GetProperty("time").GetDateTimeOffset().ShouldBeGreaterThanOrEqualTo(before);
        Regex.Replace(lines[0], "\"time\":\"[^\"]+\",", "", RegexOptions.None, TimeSpan.FromSeconds(1))
            .ShouldBe("""{"revision":1,"kind":"set","path":"/a","body":"eA=="}""");
        (await Run("watch /** -r 1")).ShouldStartWith("""{"revision":1,"kind":"set","path":"/a","body":"eA=="}""");
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--time")]
    public async Task A_watch_that_runs_a_command_prints_nothing_that_could_be_told_otherwise(string option) =>
        (await CommandLine.Run("", "watch", "/**", "--exec", "true", option, "-a", _node.Address.ToString())).ShouldBe(
            new CommandResult(2, "", "doozer: With --exec nothing is printed: leave out --json and --time.\n"));

    [Fact]
    public async Task A_snapshot_file_is_told_as_JSON_too()
    {
        using var folder = new TemporaryDirectory();
        string file = Path.Combine(folder.Path, "main");
        await File.WriteAllBytesAsync(file, SnapshotFileCommandTests.SnapshotBytes(), TestContext.Current.CancellationToken);
        CommandResult verified = await CommandLine.Run("", "snapshot", "verify", file, "--json");
        verified.Output.ShouldMatch(
            """^\{"namespace":"main","revision":1,"oldest":0,"files":1,"bytes":\d+,"sha256":"[0-9A-F]{64}"\}\n$""");
        CommandResult restored = await CommandLine.Run(
            "", "snapshot", "restore", file, "--data", Path.Combine(folder.Path, "n1"), "--json");
        restored.Output.ShouldStartWith("{\"namespace\":\"main\",\"revision\":1000001,");
    }

    /// <summary>A command that prints data and has no <c>--json</c> would be found here, and one that is not told of.</summary>
    [Fact]
    public void Every_command_but_those_that_print_no_data_of_their_own_has_the_option()
    {
        string[] without =
        [
            .. Leaves(DoozerCommand.Create(CommandConsole.System()), "")
                .Where(each => each.Command.Options.All(option => option.Name != "--json"))
                .Select(each => each.Path),
        ];
        without.Order(StringComparer.Ordinal).ShouldBe(
            ["completion", "elect", "help", "leader transfer", "lock", "serve", "session keep", "up"]);
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path) =>
        command.Subcommands.Count == 0
            ? [(path, command)]
            : command.Subcommands.SelectMany(each => Leaves(each, $"{path} {each.Name}".TrimStart()));

    private async Task<string> Run(string arguments, string input = "")
    {
        CommandResult result = await CommandLine.Run(
            input, [.. arguments.Split(' '), "--json", "-a", _node.Address.ToString()]);
        return result.Output.TrimEnd('\n');
    }
}
