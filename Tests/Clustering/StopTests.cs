using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Reflection;
using Doozer.Clustering;
using Doozer.Tests.Client;
using Doozer.Tests.Silo;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

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

    [Fact]
    public async Task A_silo_that_no_quorum_hears_tells_no_other_either_that_it_is_dead()
    {
        TestPeer self = await StartAndLeaveAlone();
        ClusterMembershipOptions options = await LeaveAmong(self, active: 2, async () =>
        {
            _host.StopApplication();
            await _time.FireUntilAsync(Leave(self), Second);
        });
        options.UseLivenessGossip.ShouldBeFalse();
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public async Task A_silo_tells_that_it_is_dead_while_others_are_active(int active, bool tells)
    {
        TestPeer self = (await StartAll())[0];
        (await LeaveAmong(self, active, () => Task.CompletedTask)).UseLivenessGossip.ShouldBe(tells);
    }

    private static async Task<ClusterMembershipOptions> LeaveAmong(TestPeer self, int active, Func<Task> leave)
    {
        var options = new ClusterMembershipOptions();
        var lifecycle = new RecordedLifecycle();
        new SiloLeave(self.Node, ActiveSilos.Of(active), Options.Create(options)).Participate(lifecycle);
        lifecycle.Stage.ShouldBe(ServiceLifecycleStage.RuntimeInitialize + 2, "Orleans leaves in the stage before that");
        await leave();
        await lifecycle.Observer!.OnStop(TestContext.Current.CancellationToken);
        return options;
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

    /// <summary>An oracle that only knows which silos are active.</summary>
    [SuppressMessage("Performance", "CA1852", Justification = "DispatchProxy derives from it.")]
    private class ActiveSilos : DispatchProxy
    {
        private int _count;

        public static ISiloStatusOracle Of(int count)
        {
            ISiloStatusOracle oracle = Create<ISiloStatusOracle, ActiveSilos>();
            ((ActiveSilos)(object)oracle)._count = count;
            return oracle;
        }

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(ISiloStatusOracle.GetApproximateSiloStatuses) && args is [true]
                ? Enumerable.Range(2, _count).ToDictionary(Silo, _ => SiloStatus.Active)
                : throw new NotSupportedException(targetMethod.Name);
    }

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
