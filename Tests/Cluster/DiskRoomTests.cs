using Doozer.Grains;
using Doozer.Node;
using Doozer.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Doozer.Tests.Cluster;

/// <summary>What nodes whose disks are nearly full refuse.</summary>
public sealed class DiskRoomTests : IDisposable
{
    private const long Plenty = 1L << 40;

    private readonly string _root = Directory.CreateTempSubdirectory("doozer-room-").FullName;
    private readonly DoozerOptions _options;
    private readonly Dictionary<string, Peer> _peers = new() { ["n2"] = new Peer(), ["n3"] = new Peer() };
    private readonly LogLines _lines = new();
    private readonly FakeTimeProvider _time = new();
    private long _free = Plenty;

    public DiskRoomTests()
    {
        _options = new DoozerOptions { Node = "n1", DataDirectory = Path.Combine(_root, "n1") };
        foreach (string peer in (string[])["n1", "n2", "n3"])
            _options.Peers.Add(peer);
    }

    public void Dispose()
    {
        _lines.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_node_without_room_says_so_once_and_refuses_until_it_has_some()
    {
        await using NodeStorage storage = await Open();
        using DiskRoom room = NewRoom(storage);
        Look(room);
        room.Require("n2");
        storage.Disk.ShouldBe(new DiskStatus(Plenty, 24 << 20, false));

        _free = 40 << 20;
        Look(room);
        room.Require("n2");
        _lines.Count("no writes will be taken but deletes").ShouldBe(1, "it says so before it has to");
        _free = 10 << 20;
        Should.Throw<DiskFullException>(() => room.Require("n2")).Free.ShouldBe(10 << 20, "it looks before each write by then");

        _free = 20 << 20;
        Look(room);
        Look(room);
        DiskFullException full = Should.Throw<DiskFullException>(() => room.Require("n2"));
        (full.Node, full.Free).ShouldBe(("n1", 20 << 20));
        storage.IsDiskLow.ShouldBeTrue();
        _lines.Count("is nearly full").ShouldBe(1);
        storage.RequireRoomForSnapshot();

        _free = 5 << 20;
        Should.Throw<IOException>(storage.RequireRoomForSnapshot).Message.ShouldContain("5242880 bytes are free");

        _free = Plenty;
        Look(room);
        room.Require("n2");
        _lines.Count("has room again").ShouldBe(1);
    }

    [Fact]
    public async Task A_disk_with_room_in_abundance_is_looked_at_every_second_and_another_four_times_as_often()
    {
        await using NodeStorage storage = await Open();
        using DiskRoom room = NewRoom(storage);
        room.Start();
        _time.Advance(TimeSpan.FromMilliseconds(250));
        _free = 1 << 30;
        _time.Advance(TimeSpan.FromMilliseconds(900));
        storage.Disk!.Free.ShouldBe(Plenty);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        storage.Disk!.Free.ShouldBe(1 << 30);
        _free = 20 << 20;
        _time.Advance(TimeSpan.FromMilliseconds(250));
        storage.IsDiskLow.ShouldBeTrue();
    }

    [Fact]
    public async Task Writes_need_room_at_the_leader_and_at_a_quorum_and_not_at_every_node()
    {
        await using NodeStorage storage = await Open();
        using DiskRoom room = NewRoom(storage);
        _peers["n3"].IsLow = true;
        Look(room);
        room.Require("n2");
        room.Require(null);
        Should.Throw<DiskFullException>(() => room.Require("n3")).Node.ShouldBe("n3");

        _peers["n2"].IsLow = true;
        Look(room);
        Should.Throw<DiskFullException>(() => room.Require("n1")).Node.ShouldBe("n2, n3");

        _peers["n2"].Fails = true;
        Look(room);
        room.Require("n1");
    }

    // The peers are asked now and then only.
    private void Look(DiskRoom room)
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        room.Look();
    }

    private DiskRoom NewRoom(NodeStorage storage)
    {
        ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(_lines));
        return new DiskRoom(
            storage,
            peer => _peers[peer],
            () => _options.Quorums,
            _options,
            _time,
            loggers.CreateLogger<DiskRoom>());
    }

    private async Task<NodeStorage> Open()
    {
        NodePlatform machine = NodePlatform.Machine;
        var storage = new NodeStorage(
            _options,
            new NodeFailure(NullLogger<NodeFailure>.Instance),
            NullLogger<NodeStorage>.Instance,
            machine with { OpenDirectory = options => new SmallDirectory(machine.OpenDirectory(options), () => _free) });
        await storage.Open();
        return storage;
    }

    private sealed class Peer : INodeGrain
    {
        public bool IsLow { get; set; }

        public bool Fails { get; set; }

        public Task<bool> HasFollowed(long revision) => throw new NotSupportedException();

        public Task<bool> IsDiskLow() => Fails ? Task.FromException<bool>(new TimeoutException()) : Task.FromResult(IsLow);
    }

    private sealed class SmallDirectory(IDataDirectory inner, Func<long> free) : IDataDirectory
    {
        public string Path => inner.Path;

        public Guid Incarnation => inner.Incarnation;

        public string LogDirectory => inner.LogDirectory;

        public SnapshotStore Snapshots => inner.Snapshots;

        public INodeLog OpenLog(
            WriteAheadLogOptions options,
            Action<string, ReadOnlyMemory<byte>> replay,
            ILogger logger,
            Action<StorageException> onFatal) => inner.OpenLog(options, replay, logger, onFatal);

        public long FreeBytes() => free();

        public int NewSeed() => inner.NewSeed();

        public void Dispose() => inner.Dispose();
    }
}
