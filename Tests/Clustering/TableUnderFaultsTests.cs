using System.Collections.Concurrent;
using System.Net;
using Doozer.Clustering;

namespace Doozer.Tests.Clustering;

/// <summary>Five silos write while the peers are killed and restarted; what they saw must fit one order of changes.</summary>
public sealed class TableUnderFaultsTests : IDisposable
{
    private const int Writers = 5;
    private const int WritesEach = 30;

    private readonly ConcurrentBag<Write> _writes = [];
    private readonly ConcurrentBag<Read> _reads = [];
    private readonly SemaphoreSlim _written = new(0);
    private long _clock;

    public void Dispose() => _written.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Histories_are_linearizable(int seed)
    {
        await using var peers = new TestPeers();
        await peers.StartAll();
        Task killer = KillAndRestart(peers, new Random(seed));
        await Task.WhenAll(Enumerable.Range(0, Writers)
            .Select(writer => Task.Run(() => WriteRows(peers, writer, new Random((seed * 100) + writer))))
            .Append(killer));
        await ReadAll(peers.Any(0));

        _writes.Count(write => write.Won == true).ShouldBeGreaterThan(Writers * WritesEach / 10);
        Check();
    }

    private async Task KillAndRestart(TestPeers peers, Random random)
    {
        for (int done = 0; done < Writers * WritesEach - 20;)
        {
            int lives = random.Next(1, 8);
            int down = random.Next(1, 8);
            await Progress(lives);
            TestPeer victim = peers.Any(random.Next(3));
            await peers.Stop(victim);
            await Progress(down);
            await peers.Start(victim.Number);
            done += lives + down;
        }
    }

    private async Task Progress(int writes)
    {
        for (; writes > 0; writes--)
            await _written.WaitAsync(TestContext.Current.CancellationToken);
    }

    private async Task WriteRows(TestPeers peers, int writer, Random random)
    {
        for (int i = 1; i <= WritesEach; i++)
        {
            TestPeer peer = peers.Any(random.Next(3));
            try
            {
                if (await ReadAll(peer) is { } data)
                    await WriteRow(peer.Table, data, writer, i);
            }
            catch (Exception exception) when (exception is ClusteringException or OperationCanceledException)
            {
                // The node was killed under it.
            }
            finally
            {
                _written.Release();
            }
        }
    }

    private async Task WriteRow(QuorumMembershipTable table, MembershipTableData data, int writer, int number)
    {
        // The update zone marks which write made the row.
        var entry = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 5000 + writer), 1),
            Status = SiloStatus.Active,
            SiloName = $"w{writer}",
            HostName = "host",
            UpdateZone = (writer * 1000) + number,
        };
        var write = new Write
        {
            Marker = entry.UpdateZone,
            Version = data.Version.Version + 1,
            Began = Interlocked.Increment(ref _clock),
        };
        _writes.Add(write);
        try
        {
            write.Won = data.TryGet(entry.SiloAddress) is { } row
                ? await table.UpdateRow(entry, row.Item2, data.Version.Next())
                : await table.InsertRow(entry, data.Version.Next());
            write.Ended = Interlocked.Increment(ref _clock);
        }
        catch (Exception exception) when (exception is ClusteringException or OperationCanceledException)
        {
            // Whether it won is not known.
        }
    }

    private async Task<MembershipTableData?> ReadAll(TestPeer peer)
    {
        long began = Interlocked.Increment(ref _clock);
        MembershipTableData data = await peer.Table.ReadAll();

        // A killed process says nothing any more; one that stops in order may see an old table.
        if (peer.Node.IsStopping)
            return null;
        _reads.Add(new Read(
            data.Version.Version,
            [.. data.Members.Select(row => row.Item1.UpdateZone).Order()],
            began,
            Interlocked.Increment(ref _clock)));
        return data;
    }

    private void Check()
    {
        Write[] won = [.. _writes.Where(write => write.Won == true)];
        won.Select(write => write.Version).ShouldBeUnique("only one write makes a version");
        Read[] reads = [.. _reads.OrderBy(read => read.Began)];
        foreach (Write lost in _writes.Where(write => write.Won == false))
            reads.ShouldAllBe(read => !read.Markers.Contains(lost.Marker), $"write {lost.Marker} was called lost");
        foreach (IGrouping<int, Read> version in reads.GroupBy(read => read.Version))
        {
            version.Select(read => string.Join(',', read.Markers))
                .Distinct()
                .Count()
                .ShouldBe(1, $"version {version.Key} has one content");
        }

        foreach (Read read in reads)
        {
            reads.ShouldAllBe(earlier => earlier.Ended >= read.Began || earlier.Version <= read.Version, "reads never go back");
            won.ShouldAllBe(write => write.Ended >= read.Began || write.Version <= read.Version, "a read sees what was complete");
            won.ShouldAllBe(
                write => write.Began <= read.Ended || write.Version > read.Version, "a read sees nothing of the future");
            won.ShouldAllBe(
                write => write.Version != read.Version || read.Markers.Contains(write.Marker),
                "a version has what its write wrote");
        }
    }

    private sealed class Write
    {
        public int Marker { get; init; }

        public int Version { get; init; }

        public long Began { get; init; }

        public long Ended { get; set; } = long.MaxValue;

        public bool? Won { get; set; }
    }

    private sealed record Read(int Version, int[] Markers, long Began, long Ended);
}
