using System.Net;
using System.Net.Sockets;
using System.Text;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tests.Storage;
using Doozer.Tree;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Doozer.Tests.Silo;

/// <summary>What the snapshot commands do with the files of whoever calls them.</summary>
public sealed class SnapshotFileCommandTests : IDisposable
{
    private const string Nowhere = "http://127.9.9.9:9";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_save_that_fails_leaves_everything_as_it_was()
    {
        await File.WriteAllTextAsync(InFolder("a.tmp"), "precious", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(InFolder("b.tmp"));
        foreach (string name in (string[])["a", "b"])
        {
            CommandResult failed = await Snapshot("save", InFolder(name), "-a", Nowhere);
            failed.ExitCode.ShouldBe(2);
            failed.Error.ShouldStartWith($"doozer: {Nowhere}/ cannot be reached");
        }

        Names().ShouldBe(["a.tmp", "b.tmp"]);
        (await File.ReadAllTextAsync(InFolder("a.tmp"), TestContext.Current.CancellationToken)).ShouldBe("precious");
    }

    [Fact]
    public async Task A_save_is_in_its_file_only_when_it_is_whole()
    {
        await using WebApplication node = WebApplication.CreateSlimBuilder().Build();
        node.Urls.Add("http://127.0.0.1:0");
        byte[] bytes = SnapshotBytes();
        node.MapGet("/v1/main/snapshot", () => Results.Bytes(bytes));
        node.MapGet("/v1/half/snapshot", () => Results.Bytes(bytes[..^1]));
        await node.StartAsync(TestContext.Current.CancellationToken);
        (await Snapshot("save", InFolder("main"), "-a", node.Urls.First())).Output.ShouldStartWith("namespace main revision 1");
        (await File.ReadAllBytesAsync(InFolder("main"), TestContext.Current.CancellationToken)).ShouldBe(bytes);
        (await Snapshot("save", InFolder("half"), "-n", "half", "-a", node.Urls.First())).Error
            .ShouldStartWith($"doozer: '{InFolder("half")}' cannot be saved: The snapshot is damaged: ");
        (await Snapshot("save", _folder.Path, "-a", node.Urls.First())).Error
            .ShouldBe($"doozer: '{_folder.Path}' exists already; give the name of a new file.\n");
        string nowhere = InFolder("missing/main");
        (await Snapshot("save", nowhere, "-a", node.Urls.First())).Error
            .ShouldBe($"doozer: '{nowhere}' cannot be saved: Could not find a part of the path '{nowhere}'.\n");
        Names().ShouldBe(["main"]);
    }

    [Fact]
    public async Task A_namespace_without_files_is_saved_only_when_that_is_said()
    {
        await using WebApplication node = WebApplication.CreateSlimBuilder().Build();
        node.Urls.Add("http://127.0.0.1:0");
        node.MapGet("/v1/main/snapshot", () => Results.Bytes(SnapshotBytes(isEmpty: true)));
        await node.StartAsync(TestContext.Current.CancellationToken);
        CommandResult refused = await Snapshot("save", InFolder("main"), "-a", node.Urls.First());
        refused.ShouldBe(new CommandResult(
            2,
            "",
            "doozer: The namespace 'main' has no files, and nothing was saved: is that its name? If so, give --allow-empty.\n"));
        Names().ShouldBeEmpty();
        (await Snapshot("save", InFolder("main"), "--allow-empty", "-a", node.Urls.First())).ExitCode.ShouldBe(0);
        Names().ShouldBe(["main"]);
    }

    [Fact]
    public async Task A_node_that_breaks_off_is_named()
    {
        using var node = new TcpListener(IPAddress.Loopback, 0);
        node.Start();
        Task<CommandResult> save = Snapshot("save", InFolder("main"), "-a", node.LocalEndpoint.ToString()!);
        using TcpClient client = await node.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        (await save).Error.ShouldStartWith($"doozer: http://{node.LocalEndpoint}/ broke off: ");
        Names().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_restore_never_advises_to_delete_what_it_did_not_make()
    {
        string snapshot = InFolder("s1");
        await File.WriteAllBytesAsync(snapshot, SnapshotBytes(), TestContext.Current.CancellationToken);
        (await Snapshot("restore", snapshot, "--data", snapshot)).Error
            .ShouldBe($"doozer: '{snapshot}' is a file; give a new folder.\n");
        CommandResult below = await Snapshot("restore", snapshot, "--data", Path.Combine(snapshot, "x"));
        below.ExitCode.ShouldBe(2);
        below.Error.ShouldStartWith($"doozer: The data directory '{snapshot}/x' cannot be used: ");
        below.Error.ShouldNotContain("elete");
        (await Snapshot("restore", snapshot, "--data", "")).Error
            .ShouldBe("doozer: --data is blank: give it a value or leave it out.\n");
        Names().ShouldBe(["s1"]);
    }

    [Theory]
    [InlineData("save", "The name of the snapshot file is blank.", "")]
    [InlineData("verify", "The name of the snapshot file is blank.", "")]
    [InlineData("restore", "The name of the snapshot file is blank.", "", "--data", "new")]
    [InlineData("verify", "The snapshot '/' cannot be read: it is a directory.", "/")]
    [InlineData("restore", "The snapshot '/' cannot be read: it is a directory.", "/", "--data", "new")]
    public async Task A_snapshot_file_that_is_none_is_refused(string command, string message, params string[] arguments) =>
        (await Snapshot([command, .. arguments])).ShouldBe(new CommandResult(2, "", $"doozer: {message}\n"));

    private static Task<CommandResult> Snapshot(params IEnumerable<string> arguments) =>
        CommandLine.Run("", ["snapshot", .. arguments]);

    internal static byte[] SnapshotBytes(bool isEmpty = false)
    {
        var tree = new VersionedTree(new TreeOptions());
        if (!isEmpty)
            tree.Apply(Command.Set("/a", "a"u8.ToArray(), Revisions.Clobber));
        tree.Publish();
        using SnapshotEncoding encoding = TreeSnapshotFile.Encode("main", 1, tree.Capture());
        using var bytes = new MemoryStream();
        while (encoding.TryNext(out ReadOnlyMemory<byte> piece))
            bytes.Write(piece.Span);
        return bytes.ToArray();
    }

    private string InFolder(string name) => Path.Combine(_folder.Path, name);

    private IEnumerable<string?> Names() => Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order();
}
