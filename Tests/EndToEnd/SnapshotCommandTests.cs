namespace Doozer.Tests.EndToEnd;

/// <summary>The snapshot commands with real nodes: one story, since every restore takes a new cluster.</summary>
public sealed class SnapshotCommandTests
{
    [Fact]
    public async Task A_cluster_is_saved_verified_and_restored_with_its_revisions_and_refuses_a_node_that_was_not()
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

        for (int node = 0; node < 3; node++)
        {
            (await Restore(cluster, file, node)).Error.ShouldContain("not empty");
            Directory.Delete(Data(cluster, node), recursive: true);
            if (node < 2)
                (await Restore(cluster, file, node)).ShouldBe(saved);
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
            (await Restore(cluster, file, node)).ShouldBe(saved);
        }

        await cluster.StartAll();
        await AllIsThereButWhatWasWrittenLater(cluster);
        await ADamagedOneIsToldWithFileAndOffset(cluster, file);
    }

    private static async Task AllIsThereButWhatWasWrittenLater(ProcessCluster cluster)
    {
        (await cluster.Command(2, "", "get", "/a")).Output.ShouldBe("two");
        (await cluster.Command(2, "", "get", "/a", "-r", "1")).Output.ShouldBe("one");
        (await cluster.Command(0, "", "stat", "/b")).Output.ShouldBe("file 3 5\n");
        (await cluster.Command(0, "again", "add", "/c")).Output.ShouldBe("4\n");
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

    private static string Data(ProcessCluster cluster, int node) => Path.Combine(cluster.Directory, $"n{node + 1}");

    private static Task<CommandResult> Restore(ProcessCluster cluster, string file, int node) =>
        Offline("restore", file, "--data", Data(cluster, node), "--id", $"n{node + 1}");

    private static Task<CommandResult> Offline(params IEnumerable<string> arguments) =>
        CommandLine.Run("", ["snapshot", .. arguments]);
}
