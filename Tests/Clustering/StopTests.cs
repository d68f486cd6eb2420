using System.Net;
using Doozer.Clustering;
using Doozer.Tests.Client;
using Microsoft.Extensions.Hosting;

namespace Doozer.Tests.Clustering;

/// <summary>How long a silo asks its peers while its host stops.</summary>
public sealed class StopTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TestPeers _peers = new();
    private readonly VirtualTime _time = new();
    private readonly StoppableHost _host = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _peers.DisposeAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task All_that_a_silo_asks_while_it_stops_alone_takes_one_second_together()
    {
        TestPeer self = await StartAndLeaveAlone();
        Task<MembershipTableData> begun = self.Table.ReadRow(Silo(1));
        _host.StopApplication();
        Task<MembershipTableData> ended = _time.FireUntilAsync(Leave(self), Second);
        (await ended).Version.Version.ShouldBe(1, "what was read last");
        (await begun).Version.Version.ShouldBe(1, "also what was asked before the stop");
        _time.Now.ShouldBeLessThanOrEqualTo(Second);

        long sent = self.Node.Peers.Sent;
        await self.Table.ReadAll();
        (await Write(self, SiloStatus.Dead)).ShouldBeTrue();
        self.Node.Peers.Sent.ShouldBe(sent);
    }

    [Fact]
    public async Task A_silo_that_stops_among_others_still_tells_them_after_a_second()
    {
        TestPeer self = (await StartAll())[0];
        _host.StopApplication();
        MembershipTableData read = await self.Table.ReadAll();
        _time.Pass(10 * Second);
        (await Write(self, SiloStatus.Dead)).ShouldBeTrue();
        (await _peers.Any(1).Table.ReadAll()).Version.Version.ShouldBe(read.Version.Version + 1);
    }

    private async Task<TestPeer> StartAndLeaveAlone()
    {
        TestPeer[] nodes = await StartAll();
        await nodes[0].Table.ReadAll();
        await _peers.Stop(nodes[1]);
        await _peers.Stop(nodes[2]);
        return nodes[0];
    }

    private async Task<TestPeer[]> StartAll()
    {
        TestPeer[] nodes = [await _peers.Start(1, time: _time, lifetime: _host), await _peers.Start(2), await _peers.Start(3)];
        TableVersion next = (await nodes[0].Table.ReadAll()).Version.Next();
        (await nodes[0].Table.InsertRow(Row(SiloStatus.Active), next)).ShouldBeTrue();
        return nodes;
    }

    // As Orleans does it: it reads and writes for each of the three.
    private static async Task<MembershipTableData> Leave(TestPeer self)
    {
        foreach (SiloStatus status in new[] { SiloStatus.ShuttingDown, SiloStatus.Stopping, SiloStatus.Dead })
            (await Write(self, status)).ShouldBeTrue();
        return await self.Table.ReadAll();
    }

    private static async Task<bool> Write(TestPeer self, SiloStatus status)
    {
        MembershipTableData read = await self.Table.ReadAll();
        return await self.Table.UpdateRow(Row(status), read.Members[0].Item2, read.Version.Next());
    }

    private static SiloAddress Silo(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1000 + number), number);

    private static MembershipEntry Row(SiloStatus status) =>
        new() { SiloAddress = Silo(1), Status = status, HostName = "host", SiloName = "n1" };

    private sealed class StoppableHost : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
