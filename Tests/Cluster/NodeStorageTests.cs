using Doozer.Grains;
using Doozer.Storage;
using Doozer.Tree;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

public sealed class NodeStorageTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("doozer-storage-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_pause_of_the_process_while_a_snapshot_is_written_is_not_waited_for_again()
    {
        var time = new PausedTime();
        await using NodeStorage storage = await Open("n1");
        (SnapshotFile file, _) = await storage.Write("main", 1, new VersionedTree(new TreeOptions()).Capture(), time, CancellationToken.None);
        file.Dispose();
        time.Waits.ShouldNotBeEmpty();
        time.Waits.Max().ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(10));
    }

    private async Task<NodeStorage> Open(string node)
    {
        var options = new DoozerOptions { Node = node, Peers = { node }, DataDirectory = Path.Combine(_root, node) };
        var storage = new NodeStorage(options, new NodeFailure(NullLogger<NodeFailure>.Instance), NullLogger<NodeStorage>.Instance);
        await storage.Open();
        return storage;
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
