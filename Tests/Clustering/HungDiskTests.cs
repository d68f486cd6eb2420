using Doozer.Clustering;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Simulation;
using Microsoft.Extensions.Logging.Abstractions;
using VirtualTime = Doozer.Tests.Client.VirtualTime;

namespace Doozer.Tests.Clustering;

/// <summary>A node whose disk takes a write and does not come back.</summary>
public sealed class HungDiskTests : IAsyncLifetime
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TestPeers _peers = new();
    private readonly VirtualTime _time = new();
    private readonly ManualResetEventSlim _works = new();
    private readonly TaskCompletionSource _hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly QuorumClusteringOptions _options = new() { Node = "n1", OperationTimeout = 5 * Second };
    private LocalAcceptor _acceptor = null!;
    private PeerCaller _caller = null!;
    private QuorumRegister _register = null!;

    public async ValueTask InitializeAsync()
    {
        await _peers.Start(2);
        await _peers.Start(3);
        var quorums = new QuorumSystem(["n1", "n2", "n3"]);
        var disk = new SimulatedDisk();
        _acceptor = LocalAcceptor.Open(disk, "/data", quorums, mustExist: false, TimeSpan.Zero, static _ => { });
        for (int i = 1; i <= 3; i++)
            _options.Peers.Add($"n{i}", new Uri($"http://127.0.0.1:{i}"));
        var failure = new NodeFailure(NullLogger<NodeFailure>.Instance);
        var seal = new MessageSeal(null);
        var lines = new RepeatedLines(_time);
        var self = new PeerIdentity("test", "n1", Guid.NewGuid(), Guid.NewGuid(), [.. quorums.Acceptors]);
        _caller = new PeerCaller(
            self, _options.Peers.AsReadOnly(), _acceptor, seal, _peers, TimeSpan.FromMinutes(1), failure, lines, _time,
            NullLogger.Instance);
        _peers.Gates[1] = new PeerGate(
            self, _acceptor, seal, new KnownNodes("n1", _options.Addresses, NodeList.Founding(_options.Peers)),
            static _ => Task.CompletedTask, static () => Task.CompletedTask, failure, lines, NullLogger.Instance);
        _register = new QuorumRegister("n1", quorums, _acceptor, _caller, failure, _options, _time, new Random(1));
        await _register.Change(Set(1), TestContext.Current.CancellationToken);

        // A quorum sufficed. While the third has another value, a read may have to wait for a change, and that for time to pass.
        foreach (string peer in new[] { "n2", "n3" })
        {
            while ((await _caller.Ask(peer, RegisterRequest.Read))?.Value is not { Length: 1 })
                await Task.Yield();
        }

        disk.Before = _ =>
        {
            _hangs.TrySetResult();
            _works.Wait(TestContext.Current.CancellationToken);
        };
    }

    public async ValueTask DisposeAsync()
    {
        _works.Set();
        _acceptor.Dispose();
        await _peers.DisposeAsync();
        _works.Dispose();
    }

    [Fact]
    public async Task A_change_ends_within_its_limit_and_says_what_hangs()
    {
        Task<bool> change = await ChangeHangs();
        (await Should.ThrowAsync<ClusteringException>(() => _time.FireUntilAsync(change, 5 * Second)))
            .Message.ShouldContain("the disk of n1 does not answer");
        _time.Now.ShouldBe(5 * Second);
    }

    [Fact]
    public async Task A_read_is_answered_meanwhile()
    {
        Task<bool> change = await ChangeHangs();
        (await _register.Read(TestContext.Current.CancellationToken)).ToArray().ShouldBe([1]);
        await Should.ThrowAsync<ClusteringException>(() => _time.FireUntilAsync(change, 5 * Second));
        (await _register.Read(TestContext.Current.CancellationToken)).ToArray().ShouldBe([1]);
    }

    [Fact]
    public async Task Other_requests_do_not_queue_up_behind_the_one_that_hangs()
    {
        Task<bool> change = await ChangeHangs();
        await Should.ThrowAsync<ClusteringException>(() => _time.FireUntilAsync(change, 5 * Second));
        Should.Throw<TimeoutException>(() => _acceptor.Handle(RegisterRequest.Prepare(new Ballot(99, "n2"))))
            .Message.ShouldContain("The disk has not written clustering data");
        _acceptor.Handle(RegisterRequest.Read).Value.ToArray().ShouldBe([1]);
    }

    private async Task<Task<bool>> ChangeHangs()
    {
        Task<bool> change = _register.Change(Set(2), TestContext.Current.CancellationToken);
        await _hangs.Task.WaitAsync(TestContext.Current.CancellationToken);
        return change;
    }

    private static Func<ReadOnlyMemory<byte>, RegisterChange<bool>> Set(byte value) =>
        _ => new RegisterChange<bool>(true, [value]);
}
