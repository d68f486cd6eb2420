using System.Collections;
using Doozer.Grains;
using Doozer.Node;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

public sealed class NodeStorageTests : IDisposable
{
    private static readonly string Cluster = new DoozerOptions().Cluster;

    private readonly string _root = Directory.CreateTempSubdirectory("doozer-storage-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_pause_of_the_process_while_a_snapshot_is_written_is_not_waited_for_again()
    {
        var time = new PausedTime();
        await using NodeStorage storage = await Open("n1");
        (SnapshotFile file, _) = await storage.Write(
            "main", "main", 1, new VersionedTree(new TreeOptions()).Capture(), null, time, TestContext.Current.CancellationToken);
        file.Dispose();
        time.Waits.ShouldNotBeEmpty();
        time.Waits.Max().ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Data_is_bound_to_its_quorums_with_the_first_vote_and_not_before()
    {
        ReadOnlyMemory<byte> vote = JournalCodec.Encode([new JournalRecord.Promise(new Ballot(1, "n1"))]);
        await using (NodeStorage mistyped = await Open("n1", elect: 3, write: 1))
            mistyped.RecoveredGroups.ShouldBeEmpty();
        await using (NodeStorage right = await Open("n1", elect: 2, write: 2))
            await right.Append("main", vote);
        (await Should.ThrowAsync<StorageException>(() => Open("n1", elect: 3, write: 1)))
            .Message.ShouldContain("belongs to a cluster whose quorums are 2 of n1, n2, n3");
        await using NodeStorage again = await Open("n1", elect: 2, write: 2);
        again.RecoveredGroups.ShouldBe(["main"]);
    }

    [Fact]
    public async Task A_directory_that_was_restored_by_half_is_no_nodes_until_it_is_deleted_and_restored_again()
    {
        string[] files = [await Snapshot("one"), await Snapshot("two")];
        string data = Path.Combine(_root, "n1");
        Should.Throw<SnapshotFileException>(() => SnapshotFiles.Restore(new GoneWhenCopied(files), data, Cluster, "n1"));
        Directory.GetFiles(Path.Combine(data, "snapshots"))
            .ShouldContain(file => Path.GetFileName(file).StartsWith("one+", StringComparison.Ordinal));
        for (int start = 0; start < 2; start++)
        {
            StorageException refused = await Should.ThrowAsync<StorageException>(() => Open("n1"));
            refused.Message.ShouldContain(data);
            refused.Message.ShouldContain("delete it and restore");
        }

        Directory.Delete(data, recursive: true);
        SnapshotFiles.Restore(files, data, Cluster, "n1");
        await using NodeStorage storage = await Open("n1");
        storage.RecoveredGroups.ShouldBe(["main", "one+1000001", "two+1000002"], ignoreOrder: true);
        storage.Origin.Length.ShouldBe(16);
    }

    [Fact]
    public async Task Nodes_know_each_other_when_they_were_restored_from_the_same_files_with_the_same_bump()
    {
        string[] files = [await Snapshot("one"), await Snapshot("two")];
        string OriginOf(string node, long bump, params string[] of)
        {
            SnapshotFiles.Restore(of, Path.Combine(_root, node), Cluster, node, bump)
                .ShouldAllBe(restored => restored.Revision == bump && restored.OldestRevision == bump);
            using var data = DataDirectory.Open(Path.Combine(_root, node), Cluster, node);
            return data.Snapshots.Manifest.Origin;
        }

        string origin = OriginOf("n1", 1_000_000, files);
        OriginOf("n2", 1_000_000, files[1], files[0]).ShouldBe(origin);
        OriginOf("n3", 1_000_001, files).ShouldNotBe(origin);
        OriginOf("n4", 1_000_000, files[0]).ShouldNotBe(origin);
        Should.Throw<ArgumentOutOfRangeException>(() => OriginOf("n5", 999_999, files));
    }

    [Fact]
    public async Task A_restored_list_has_the_namespaces_of_the_files_and_no_others()
    {
        var tree = new VersionedTree(new TreeOptions());
        foreach (string name in (string[])["kept", "left-out"])
            tree.Apply(Command.Set(NamespaceList.PathOf(name), NamespaceList.Write(new NamespaceRecord()), Command.Clobber));
        string main;
        await using (NodeStorage source = await Open("source-of-main"))
            main = await Snapshot(source, "main", tree);
        string[] files = [await Snapshot("new"), main, await Snapshot("kept")];
        SnapshotFiles.Restore(files, Path.Combine(_root, "n1"), Cluster, "n1")
            .Select(info => (info.Namespace, info.Revision))
            .ShouldBe([("new", 1_000_000), ("main", 1_000_005), ("kept", 1_000_000)]);

        await using NodeStorage storage = await Open("n1");
        storage.RecoveredGroups.ShouldBe(["kept+1000004", "main", "new+1000005"], ignoreOrder: true);
        TreeVersion list = storage.Recovered("main").Tree.Latest;
        NamespaceList.Groups(list).Select(group => group.ToString()).ShouldBe(["kept+1000004", "new+1000005"]);
    }

    [Fact]
    public async Task What_is_forgotten_is_not_missed_at_the_next_start_whatever_is_left_of_it()
    {
        const string Group = "gone+7";
        ReadOnlyMemory<byte> later = JournalCodec.Encode([new JournalRecord.ChosenHint(5)]);
        string snapshot;
        await using (NodeStorage storage = await Open("n1"))
        {
            storage.Recovered(Group);
            await storage.Append("main", JournalCodec.Encode([new JournalRecord.Promise(new Ballot(1, "n1"))]));
            snapshot = await Snapshot(storage, Group, new VersionedTree(new TreeOptions()));

            // Its snapshot will be gone, and with the slots that this record takes for granted.
            await storage.Append(Group, later);
            await storage.Forget(Group);
            storage.HasRecovered(Group).ShouldBeFalse();
        }

        File.Exists(snapshot).ShouldBeFalse();
        await using NodeStorage again = await Open("n1");
        again.RecoveredGroups.ShouldBe(["main"]);
        again.IsLogPinnedBy(Group).ShouldBeFalse();
    }

    [Fact]
    public async Task A_snapshot_that_a_crash_left_of_what_was_forgotten_goes_at_the_next_start()
    {
        const string Group = "gone+7";
        byte[] manifest;
        byte[] bytes;
        string snapshot;
        string manifestPath;
        await using (NodeStorage storage = await Open("n1"))
        {
            snapshot = await Snapshot(storage, Group, new VersionedTree(new TreeOptions()));
            manifestPath = storage.Snapshots.ManifestPath;
            (manifest, bytes) = (await Read(manifestPath), await Read(snapshot));
            await storage.Forget(Group);
        }

        await File.WriteAllBytesAsync(manifestPath, manifest, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(snapshot, bytes, TestContext.Current.CancellationToken);
        await using NodeStorage again = await Open("n1");
        again.RecoveredGroups.ShouldBeEmpty();
        again.Snapshots.Manifest.Find(Group).ShouldBeNull();
        File.Exists(snapshot).ShouldBeFalse();

        static Task<byte[]> Read(string path) => File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Who_drives_a_replica_does_not_wait_for_a_peers_read_of_its_snapshot()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using var time = new HangingTime();
        await Snapshot("main");
        await using NodeStorage storage = await Open("source-of-main");
        var source = new SnapshotSource("main", storage.Snapshots, 10, time);
        source.WasReadWithin(TimeSpan.FromHours(1)).ShouldBeFalse();
        source.Read(0, 0)!.Slot.ShouldBe(1);
        var hanging = Task.Run(() =>
        {
            time.HangHere();
            source.Read(1, 10);
        }, cancellation);
        await Task.Run(() => time.Hangs.Wait(cancellation), cancellation);
        bool wasRead = await Task.Run(() =>
        {
            source.CloseIdle();
            return source.WasReadWithin(TimeSpan.FromHours(1));
        }, cancellation).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, cancellation);
        wasRead.ShouldBeTrue();
        time.GoOn.Set();
        await hanging;
    }

    private async Task<string> Snapshot(string @namespace)
    {
        await using NodeStorage storage = await Open("source-of-" + @namespace);
        return await Snapshot(storage, @namespace, new VersionedTree(new TreeOptions()));
    }

    private static async Task<string> Snapshot(NodeStorage storage, string group, VersionedTree tree)
    {
        (SnapshotFile file, SnapshotEntry entry) = await storage.Write(
            group, group, 1, tree.Capture(), null, TimeProvider.System, TestContext.Current.CancellationToken);
        using (file)
            storage.Snapshots.Commit(file, entry).ShouldBeTrue();
        return storage.Snapshots.PathOf(entry);
    }

    private Task<NodeStorage> Open(string node) => Open(new DoozerOptions { Node = node, Peers = { node } });

    private Task<NodeStorage> Open(string node, int elect, int write) => Open(
        new DoozerOptions { Node = node, Peers = { "n1", "n2", "n3" }, ElectionQuorum = elect, WriteQuorum = write });

    private async Task<NodeStorage> Open(DoozerOptions options)
    {
        options.DataDirectory = Path.Combine(_root, options.Node);
        var storage = new NodeStorage(
            options, new NodeFailure(NullLogger<NodeFailure>.Instance), NullLogger<NodeStorage>.Instance);
        await storage.Open();
        return storage;
    }

    /// <summary>Hangs one thread, wherever it asks for the time.</summary>
    private sealed class HangingTime : TimeProvider, IDisposable
    {
        private int _thread;

        public ManualResetEventSlim Hangs { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        public void HangHere() => _thread = Environment.CurrentManagedThreadId;

        public override long GetTimestamp()
        {
            if (Environment.CurrentManagedThreadId == _thread && !GoOn.IsSet)
            {
                Hangs.Set();
                GoOn.Wait(TestContext.Current.CancellationToken);
            }

            return base.GetTimestamp();
        }

        public void Dispose()
        {
            Hangs.Dispose();
            GoOn.Dispose();
        }
    }

    /// <summary>Files of which all but the first are gone once they have been looked through.</summary>
    private sealed class GoneWhenCopied(string[] files) : IReadOnlyList<string>
    {
        public int Count => files.Length;

        public string this[int index] => index == 0 ? files[0] : files[index] + ".gone";

        public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)files).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => files.GetEnumerator();
    }

    /// <summary>An hour passes whenever nobody looks; timers fire at once.</summary>
    private sealed class PausedTime : TimeProvider
    {
        private long _now;

        public List<TimeSpan> Waits { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += TimeSpan.TicksPerHour;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
