using System.Net.Http.Json;
using System.Text.Json;

namespace Doozer.Tests.EndToEnd;

/// <summary>The snapshot commands with real nodes: one story, since every restore takes a new cluster.</summary>
public sealed class SnapshotCommandTests
{
    [Fact]
    public async Task A_restored_cluster_has_all_files_gives_no_revision_again_and_refuses_a_node_that_was_not_restored()
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
        (await Offline("verify", file)).ShouldBe(saved);
        (await cluster.Command(0, "lost", "add", "/c")).Output.ShouldBe("4\n");
        for (int node = 0; node < 3; node++)
            await cluster.Kill(node);
        (await Offline("restore", file, "--data", "n4", "--bump", "0")).Error
            .ShouldContain("give a whole number from 1000000");

        for (int node = 0; node < 3; node++)
        {
            (await Restore(cluster, file, node)).Error.ShouldContain("not empty");
            Directory.Delete(Data(cluster, node), recursive: true);
            if (node < 2)
                ShouldBeRestored(await Restore(cluster, file, node));
        }

        // n3 is empty: with one of the others it would be a quorum that knows nothing of what was restored.
        cluster.Start(0);
        cluster.Start(1);
        await cluster.WaitUntilReady(0);
        DoozerProcess empty = cluster.Start(2);
        (await cluster.Command(0, "", "get", "/a")).Output.ShouldBe("two");
        (await empty.WaitForExit()).ShouldBe(2);
        (empty.Output + empty.Error).ShouldContain("restored from");

        // The others have met it: all begin anew.
        await cluster.Kill(0);
        await cluster.Kill(1);
        for (int node = 0; node < 3; node++)
        {
            Directory.Delete(Data(cluster, node), recursive: true);
            ShouldBeRestored(await Restore(cluster, file, node));
        }

        await cluster.StartAll();
        await AllIsThereButWhatWasWrittenLater(cluster);
        await ADamagedOneIsToldWithFileAndOffset(cluster, file);
    }

    private static async Task AllIsThereButWhatWasWrittenLater(ProcessCluster cluster)
    {
        (await cluster.Command(2, "", "get", "/a")).Output.ShouldBe("two");
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

    private static async Task ADamagedOneIsToldWithFileAndOffset(ProcessCluster cluster, string file)
    {
        byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[150] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        CommandResult verified = await Offline("verify", file);
        verified.ExitCode.ShouldBe(2);
        verified.Error.ShouldBe($"doozer: The snapshot is damaged: a chunk does not match its checksum, in '{file}' at offset " +
            "128; do not use this file.\n");
        string @new = Path.Combine(cluster.Directory, "new");
        (await Offline("restore", file, "--data", @new)).ExitCode.ShouldBe(2);
        Directory.Exists(@new).ShouldBeFalse();
    }

    private static async Task<string?> ProblemOfWatcher(ProcessCluster cluster, int node, long lastSeen)
    {
        using HttpResponseMessage response = await cluster.Ask(node, "/v1/main/events?glob=/**", lastSeen);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken))
            .GetProperty("code").GetString();
    }

    private static void ShouldBeRestored(CommandResult restored)
    {
        restored.ExitCode.ShouldBe(0, restored.Error);
        restored.Output.ShouldStartWith("namespace main revision 1000003 oldest 1000003 files 2 bytes ");
    }

    private static string Data(ProcessCluster cluster, int node) => Path.Combine(cluster.Directory, $"n{node + 1}");

    private static Task<CommandResult> Restore(ProcessCluster cluster, string file, int node) =>
        Offline("restore", file, "--data", Data(cluster, node), "--id", $"n{node + 1}");

    private static Task<CommandResult> Offline(params IEnumerable<string> arguments) =>
        CommandLine.Run("", ["snapshot", .. arguments]);
}
