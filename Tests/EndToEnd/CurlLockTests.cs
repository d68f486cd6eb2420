namespace Doozer.Tests.EndToEnd;

/// <summary>What docs/http.md tells to do with curl alone.</summary>
public sealed class CurlLockTests(OneProcessFixture node) : IClassFixture<OneProcessFixture>
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
        string[] lines = await File.ReadAllLinesAsync(log, TestContext.Current.CancellationToken);
        lines.Length.ShouldBe(6);
        long before = 0;
        for (int i = 0; i < lines.Length; i += 2)
        {
            long token = long.Parse(lines[i]["begin {\"revision\":".Length..^1]);
            token.ShouldBeGreaterThan(before);
            lines[i + 1].ShouldBe("end");
            before = token;
        }

        (await cluster.Command(0, "", "session", "list")).Output.ShouldBeEmpty();
        (await cluster.Get(0, "/locks/job")).ShouldBeNull();
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
