namespace Doozer.Tests.Cluster;

/// <summary>The files of a node that has a snapshot and has dropped the log before it, each damaged or missing in turn.</summary>
public sealed class DamagedFilesTests(KilledNodeFixture node) : IClassFixture<KilledNodeFixture>
{
    [Theory]
    [InlineData("snapshot")]
    [InlineData("snapshot missing")]
    [InlineData("manifest")]
    [InlineData("manifest missing")]
    [InlineData("oldest segment missing")]
    [InlineData("log missing")]
    [InlineData("identity")]
    public async Task A_node_whose_files_are_damaged_or_missing_does_not_start_and_says_which(string damage)
    {
        string data = node.MakeSound();
        string snapshot = Directory.GetFiles(Path.Combine(data, "snapshots"), "main-*.snapshot").ShouldHaveSingleItem();
        string[] segments = [.. node.Cluster.LogFiles(0).Select(name => Path.Combine(data, "log", name))];
        string manifest = Path.Combine(data, "manifest");
        string file = damage switch
        {
            "snapshot" => Flip(snapshot),
            "snapshot missing" => Delete(snapshot),
            "manifest" => Flip(manifest),
            "manifest missing" => Delete(manifest),
            "oldest segment missing" => Delete(segments[0]),
            "log missing" => Delete(segments),
            _ => Flip(Path.Combine(data, "identity")),
        };

        Exception refused = await Should.ThrowAsync<Exception>(() => node.Cluster.Restart(0));
        string message = refused.GetBaseException().Message;
        if (damage == "manifest missing")
            file = Path.Combine(data, "log", SnapshotClusterTests.SegmentName(1));
        message.ShouldContain(file);
        message.ShouldContain("restore");
        if (damage != "identity")
            message.ShouldContain("offset");
    }

    private static string Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 4;
        File.WriteAllBytes(file, bytes);
        return file;
    }

    private static string Delete(params string[] files)
    {
        foreach (string file in files)
            File.Delete(file);
        return files[0];
    }
}

/// <summary>A node that was killed when it had dropped the beginning of its log, and a copy of its sound files.</summary>
public sealed class KilledNodeFixture : IAsyncLifetime
{
    private string Data => Cluster.DataOf(0);

    private string Sound => Data + "-sound";

    internal DoozerCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await DoozerCluster.Start(1, SnapshotClusterTests.Small);
        await SnapshotClusterTests.WriteUntilLogIsDropped(Cluster, [0]);
        await Cluster.Kill(0);
        Directory.Move(Data, Sound);
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    /// <summary>Makes the node's folder what it was after the kill, and returns it.</summary>
    internal string MakeSound()
    {
        if (Directory.Exists(Data))
            Directory.Delete(Data, recursive: true);
        foreach (string folder in Directory.EnumerateDirectories(Sound, "*", SearchOption.AllDirectories).Prepend(Sound))
            Directory.CreateDirectory(Path.Combine(Data, Path.GetRelativePath(Sound, folder)));
        foreach (string file in Directory.EnumerateFiles(Sound, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(Data, Path.GetRelativePath(Sound, file)));
        return Data;
    }
}
