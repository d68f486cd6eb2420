namespace Doozer.Tests.EndToEnd;

/// <summary>Locks of a real node, by curl alone as docs/http.md tells, and by the command.</summary>
public sealed class LockTests(OneProcessFixture node) : IClassFixture<OneProcessFixture>
{
    private const string Work = "# ... work, ";

    [Fact]
    public async Task Scripts_take_turns_by_a_lock_that_curl_takes()
    {
        ProcessCluster cluster = await node.AllUp();
        string log = Path.Combine(cluster.Directory, "log");
        string script = Path.Combine(cluster.Directory, "script");
        await File.WriteAllTextAsync(script, Script(cluster.Http(0), log), TestContext.Current.CancellationToken);

        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            await using var shell = DoozerProcess.Start(cluster.Directory, [], $"sh {script}");
            return new CommandResult(await shell.WaitForExit(), shell.Output, shell.Error);
        }));

        foreach (CommandResult result in results)
            (result.ExitCode, result.Error).ShouldBe((0, ""));
        await ShouldBeTurns(log, "{\"revision\":", "}");
        (await cluster.Command(0, "", "session", "list")).Output.ShouldBeEmpty();
        (await cluster.Get(0, "/locks/job")).ShouldBeNull();
    }

    [Fact]
    public async Task Commands_take_turns_by_a_lock()
    {
        ProcessCluster cluster = await node.AllUp();
        string log = Path.Combine(cluster.Directory, "log of commands");
        string work = $"echo begin $DOOZER_FENCING_TOKEN >>'{log}'; sleep 0.1; echo end >>'{log}'";
        CommandResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            CommandLine.Run("", "lock", "/locks/command", "-a", cluster.Http(0), "--", "sh", "-c", work)));
        results.ShouldAllBe(result => result == new CommandResult(0, "", ""));
        await ShouldBeTurns(log, "", "");
        (await cluster.Command(0, "", "find", "/")).Output.ShouldNotContain("/locks/command");
    }

    /// <summary>Three begun and ended one after the other, with rising tokens.</summary>
    private static async Task ShouldBeTurns(string log, string before, string after)
    {
        string[] lines = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(6);
        long last = 0;
        for (int i = 0; i < lines.Length; i += 2)
        {
            lines[i].ShouldStartWith($"begin {before}");
            long token = long.Parse(lines[i][$"begin {before}".Length..^after.Length]);
            token.ShouldBeGreaterThan(last);
            lines[i + 1].ShouldBe("end");
            last = token;
        }
    }

    /// <summary>The lines of the guide, with some work to do.</summary>
    private static string Script(string address, string log)
    {
        // artifacts/bin/Tests/CONFIGURATION/ is four levels below the sources.
        string[] guide = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "../../../../docs/http.md"));
        IEnumerable<string> lines = guide
            .SkipWhile(line => line != "### A lock, with curl alone")
            .Skip(1)
            .TakeWhile(line => !line.StartsWith('#'))
            .Where(line => line.StartsWith("    ", StringComparison.Ordinal))
            .Select(line => line.Trim());
        string script = string.Join('\n', lines);
        script.ShouldContain(Work);
        return $"B={address}\n" + script.Replace(
            Work, $"echo \"begin $HELD\" >>{log}; sleep 0.2; echo end >>{log} {Work}", StringComparison.Ordinal) + "\n";
    }
}
