using System.Net.Http.Json;
using System.Text.Json;

namespace Doozer.Tests.EndToEnd;

public sealed class SnapshotCommandTests
{
    [Fact]
    public async Task A_cluster_is_restored_with_its_files_and_gives_no_revision_again()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        (await cluster.Command(0, "one", "add", "/a")).Output.ShouldBe("1\n");
        (await cluster.Command(1, "two", "set", "/a", "1")).Output.ShouldBe("2\n");
        (await cluster.Command(2, "other", "add", "/b")).Output.ShouldBe("3\n");
        string file = Path.Combine(cluster.Directory, "main.snapshot");
        CommandResult saved = await cluster.Command(1, "", "snapshot", "save", file);
        saved.ExitCode.ShouldBe(0, saved.Error);
        saved.Output.ShouldStartWith("namespace main revision 3 oldest 0 files 2 bytes ");
        (await cluster.Command(1, "", "snapshot", "save", file)).Error.ShouldContain("exists already");
        (await Offline(cluster, "verify", file)).ShouldBe(saved);
        (await cluster.Command(0, "lost", "add", "/c")).Output.ShouldBe("4\n");
        for (int node = 0; node < 3; node++)
            await cluster.Kill(node);
        (await Offline(cluster, "restore", file, "--data", "n4", "--bump", "0")).Error
            .ShouldContain("give a whole number from 1000000");

        for (int node = 0; node < 3; node++)
        {
            string data = Path.Combine(cluster.Directory, $"n{node + 1}");
            (await Offline(cluster, "restore", file, "--data", data, "--id", $"n{node + 1}")).Error.ShouldContain("not empty");
            Directory.Delete(data, recursive: true);
            CommandResult restored = await Offline(cluster, "restore", file, "--data", data, "--id", $"n{node + 1}");
            restored.ExitCode.ShouldBe(0, restored.Error);
            restored.Output.ShouldStartWith("namespace main revision 1000003 oldest 1000003 files 2 bytes ");
        }

        await cluster.StartAll();
        (await cluster.Command(2, "", "get", "/a")).Output.ShouldBe("two\n");
        (await cluster.Command(2, "", "get", "/a", "-r", "3")).Error.ShouldContain("no longer retained; the oldest is 1000003");
        (await cluster.Command(0, "", "stat", "/b")).Output.ShouldBe("file 3 5\n");

        // Who has seen revision 4, which is lost, or those after it, must not take what comes now for what it has seen.
        foreach (int lastSeen in (int[])[3, 4, 1_000_001])
            (await ProblemOfWatcher(cluster, 1, lastSeen)).ShouldBe("too-late");
        (await ProblemOfWatcher(cluster, 2, 1_000_004)).ShouldBe("future-revision");
        (await cluster.Command(1, "", "watch", "/**", "-r", "1000005")).Error
            .ShouldBe("doozer: The revision 1000005 does not exist yet; the newest is 1000003.\n");
        (await cluster.Command(0, "again", "add", "/c")).Output.ShouldBe("1000004\n");
    }

    [Fact]
    public async Task A_node_that_was_not_restored_from_the_same_files_is_refused()
    {
        await using var cluster = new ProcessCluster(3);
        await cluster.StartAll();
        await cluster.Command(0, "one", "add", "/a");
        string file = Path.Combine(cluster.Directory, "main.snapshot");
        await cluster.Command(0, "", "snapshot", "save", file);
        for (int node = 0; node < 3; node++)
        {
            await cluster.Kill(node);
            string data = Path.Combine(cluster.Directory, $"n{node + 1}");
            Directory.Delete(data, recursive: true);
            if (node < 2)
                (await Offline(cluster, "restore", file, "--data", data, "--id", $"n{node + 1}")).ExitCode.ShouldBe(0);
        }

        // n3 is empty: with one of the others it would be a quorum that knows nothing of what was restored.
        cluster.Start(0);
        cluster.Start(1);
        await cluster.WaitUntilReady(0);
        DoozerProcess empty = cluster.Start(2);
        (await cluster.Command(0, "", "get", "/a")).Output.ShouldBe("one\n");
        (await empty.WaitForExit()).ShouldBe(2);
        (empty.Output + empty.Error).ShouldContain("restored from");
        (await cluster.Command(0, "more", "set", "/a", "1")).Output.ShouldBe("1000002\n");
    }

    [Fact]
    public async Task A_damaged_snapshot_is_told_with_file_and_offset()
    {
        await using var cluster = new ProcessCluster(1);
        await cluster.StartAll();
        await cluster.Command(0, "one", "add", "/a");
        string file = Path.Combine(cluster.Directory, "main.snapshot");
        await cluster.Command(0, "", "snapshot", "save", file);
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[150] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        CommandResult verified = await Offline(cluster, "verify", file);
        verified.ExitCode.ShouldBe(2);
        verified.Error.ShouldBe($"doozer: The snapshot is damaged: a chunk does not match its checksum, in '{file}' at offset " +
            "128; do not use this file.\n");
        CommandResult restored = await Offline(cluster, "restore", file, "--data", Path.Combine(cluster.Directory, "new"));
        restored.ExitCode.ShouldBe(2);
        Directory.Exists(Path.Combine(cluster.Directory, "new")).ShouldBeFalse();
    }

    private static async Task<string?> ProblemOfWatcher(ProcessCluster cluster, int node, long lastSeen)
    {
        using HttpResponseMessage response = await cluster.Ask(node, "/v1/main/events?glob=/**", lastSeen);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken))
            .GetProperty("code").GetString();
    }

    private static Task<CommandResult> Offline(ProcessCluster cluster, params IEnumerable<string> arguments) =>
        DoozerProcess.Run(cluster.Directory, "", ["snapshot", .. arguments]);
}
