using System.Buffers;
using Doozer.Simulation;
using Doozer.Storage;
using Doozer.Storage.Format;

namespace Doozer.Tests.Storage;

public sealed class SnapshotStoreTests
{
    private readonly SimulatedDisk _disk = new();

    public static TheoryData<int> Sizes =>
        [0, 1, SnapshotFrame.ChunkBytes - 1, SnapshotFrame.ChunkBytes, (3 * SnapshotFrame.ChunkBytes) + 17];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void What_was_written_is_read(int size)
    {
        var store = SnapshotStore.Open(_disk, "data");
        byte[] content = Content(size, 1);
        SnapshotEntry entry = Write(store, "main", 7, content);
        entry.Length.ShouldBe(_disk[store.PathOf(entry)].Length);

        var again = SnapshotStore.Open(_disk, "data");
        again.Manifest.Snapshots.ShouldBe([entry]);
        Read(again, entry).ShouldBe(content);
    }

    [Fact]
    public void A_manifest_of_as_many_snapshots_as_there_may_be_is_read()
    {
        List<SnapshotEntry> entries =
        [
            .. Enumerable.Range(0, Manifest.MaxSnapshots).Select(i => new SnapshotEntry(
                $"{i}".PadLeft(Names.MaxLength, 'n'), long.MaxValue, long.MaxValue, long.MaxValue, new string('F', 64))),
        ];
        SnapshotStore.Open(_disk, "data");
        _disk.Put("data/manifest", new Manifest(1, "", entries).Render());

        SnapshotStore.Open(_disk, "data").Manifest.Snapshots.ShouldBe(entries);
    }

    [Fact]
    public void Equal_content_makes_equal_files_however_it_comes()
    {
        var store = SnapshotStore.Open(_disk, "data");
        byte[] content = Content(1_000_000, 1);
        SnapshotEntry one = Write(store, "main", 7, content, piece: 1_000);
        var other = SnapshotStore.Open(_disk, "other");
        SnapshotEntry two = Write(other, "main", 7, content, piece: 300_000);
        two.ShouldBe(one);
        _disk[other.PathOf(two)].ShouldBe(_disk[store.PathOf(one)]);
    }

    [Fact]
    public void Only_a_later_snapshot_takes_the_place_of_one()
    {
        var store = SnapshotStore.Open(_disk, "data");
        SnapshotEntry first = Write(store, "main", 7, Content(10, 1));
        Write(store, "other", 3, Content(10, 2));
        Commit(store, "main", 7, Content(10, 3)).Committed.ShouldBeFalse();
        Commit(store, "main", 6, Content(10, 3)).Committed.ShouldBeFalse();
        SnapshotEntry later = Write(store, "main", 8, Content(10, 4));
        store.Manifest.Find("main").ShouldBe(later);
        store.Manifest.Find("other").ShouldNotBeNull();
        _disk.Paths.ShouldNotContain(store.PathOf(first));
        _disk.Paths.Count(path => path.EndsWith(".tmp", StringComparison.Ordinal)).ShouldBe(0);
    }

    [Fact]
    public void Damage_to_any_byte_is_told_with_file_and_offset()
    {
        var store = SnapshotStore.Open(_disk, "data");
        SnapshotEntry entry = Write(store, "main", 7, Content(1000, 1));
        byte[] file = _disk[store.PathOf(entry)];
        for (int i = 0; i < file.Length; i++)
        {
            file[i] ^= 0x10;
            StorageException error = Should.Throw<StorageException>(() => Read(store, entry), $"byte {i}");
            error.Error.ShouldBe(StorageError.Damaged);
            error.Message.ShouldContain(store.PathOf(entry));
            error.Message.ShouldContain("offset");
            file[i] ^= 0x10;
        }

        Read(store, entry).Length.ShouldBe(1000);
        foreach (int length in (int[])[0, 10, file.Length / 2, file.Length - 1])
        {
            _disk.Put(store.PathOf(entry), file[..length]);
            Should.Throw<StorageException>(() => Read(store, entry)).Error.ShouldBe(StorageError.Damaged);
        }

        _disk.Put(store.PathOf(entry), [.. file, 0]);
        Should.Throw<StorageException>(() => Read(store, entry)).Message.ShouldContain("bytes follow the end");
        _disk.Remove(store.PathOf(entry));
        Should.Throw<StorageException>(() => Read(store, entry)).Message.ShouldContain("missing");
    }

    [Fact]
    public void Damage_to_the_manifest_is_told()
    {
        var store = SnapshotStore.Open(_disk, "data");
        Write(store, "main", 7, Content(1000, 1));
        byte[] manifest = _disk[store.ManifestPath];
        for (int i = 0; i < manifest.Length; i++)
        {
            manifest[i] ^= 1;
            Should.Throw<StorageException>(() => SnapshotStore.Open(_disk, "data"), $"byte {i}")
                .Message.ShouldContain(store.ManifestPath);
            manifest[i] ^= 1;
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    public void A_crash_at_any_point_leaves_the_old_snapshot_or_the_new_one(int seed, bool powerFails)
    {
        var random = new Random(seed);
        byte[] before = Content(50_000, 1);
        byte[] after = Content(60_000, 2);
        bool crashed = true;
        int operation = 0;
        for (; crashed; operation++)
        {
            var disk = new SimulatedDisk(seed);
            var store = SnapshotStore.Open(disk, "data");
            Write(store, "main", 7, before);
            store.AdvanceOldestSegment(3);
            disk.FlushDirectory("data");
            int left = operation;
            disk.Before = _ =>
            {
                if (--left < 0)
                    throw new InvalidOperationException("crash");
            };
            try
            {
                Write(store, "main", 9, after);
                store.AdvanceOldestSegment(5);
                disk.Before = static _ => { };
                crashed = false;
            }
            catch (InvalidOperationException)
            {
                disk.Before = static _ => { };
            }

            // Where only the process ends the next one goes by what the cache has, and then loses power.
            if (crashed && !powerFails)
                SnapshotStore.Open(disk, "data").RemoveLeftovers();
            if (crashed)
                disk.Crash(random);
            var recovered = SnapshotStore.Open(disk, "data");
            SnapshotEntry entry = recovered.Manifest.Snapshots.ShouldHaveSingleItem();
            Read(recovered, entry).ShouldBe(entry.Slot == 9 ? after : before, $"operation {operation}");
            recovered.Manifest.OldestSegment.ShouldBeOneOf(entry.Slot == 9 ? [3, 5] : [3]);
            recovered.RemoveLeftovers();
            Read(recovered, entry).Length.ShouldBeGreaterThan(0);
            disk.Paths.Count(path => path.Contains("snapshots", StringComparison.Ordinal)).ShouldBe(1);
        }

        operation.ShouldBeGreaterThan(8);
    }

    [Fact]
    public void A_disk_that_fills_up_leaves_the_old_snapshot_in_use()
    {
        var store = SnapshotStore.Open(_disk, "data");
        SnapshotEntry first = Write(store, "main", 7, Content(10, 1));
        foreach (string failing in (string[])["create", "write", "flush", "rename", "flush directory"])
        {
            _disk.Before = operation =>
            {
                if (operation == failing)
                    throw new IOException("No space left on device");
            };
            Should.Throw<IOException>(() => Write(store, "main", 8, Content(10, 2)));
            _disk.Before = static _ => { };
            store.Manifest.Find("main").ShouldBe(first);
            Read(store, first).Length.ShouldBe(10);
        }

        Write(store, "main", 9, Content(10, 3));
        SnapshotStore.Open(_disk, "data").Manifest.Find("main")!.Slot.ShouldBe(9);
    }

    private static byte[] Content(int size, int seed)
    {
        byte[] content = new byte[size];
        new Random(seed).NextBytes(content);
        return content;
    }

    private static SnapshotEntry Write(SnapshotStore store, string group, long slot, byte[] content, int piece = 100_000)
    {
        (SnapshotEntry entry, bool committed) = Commit(store, group, slot, content, piece);
        committed.ShouldBeTrue();
        return entry;
    }

    private static (SnapshotEntry Entry, bool Committed) Commit(
        SnapshotStore store, string group, long slot, byte[] content, int piece = 100_000)
    {
        int at = 0;
        using var encoding = new SnapshotEncoding(new SnapshotHeader(group, slot, 1), (into, atLeast) =>
        {
            for (int until = at + atLeast; at < content.Length && at < until; at += Math.Min(piece, content.Length - at))
                into.Write(content.AsSpan(at, Math.Min(piece, content.Length - at)));
            return at < content.Length;
        });
        using SnapshotFile file = store.Create(group);
        while (encoding.TryNext(out ReadOnlyMemory<byte> bytes))
            file.Append(bytes.Span);
        var entry = new SnapshotEntry(group, slot, 1, encoding.Length, Convert.ToHexString(encoding.Digest!));
        return (entry, store.Commit(file, entry));
    }

    private static byte[] Read(SnapshotStore store, SnapshotEntry entry)
    {
        using SnapshotReader reader = store.OpenReader(entry);
        var content = new MemoryStream();
        reader.CopyTo(content);
        Convert.ToHexString(reader.Digest!).ShouldBe(entry.Digest);
        return content.ToArray();
    }
}
