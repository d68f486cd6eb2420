using Doozer.Grains;
using Doozer.Node;
using Doozer.Replicas;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

/// <summary>How often a replica wants to tick.</summary>
public sealed class QuietReplicaTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("doozer-quiet-").FullName;
    private readonly DoozerOptions _options = new() { Node = "n1", Peers = { "n1" } };
    private readonly ConcurrentExclusiveSchedulerPair _turns = new();
    private readonly List<bool> _paces = [];
    private NodeStorage _storage = null!;
    private ReplicaDriver _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _options.DataDirectory = _data;
        var failure = new NodeFailure(NullLogger<NodeFailure>.Instance);
        _storage = new NodeStorage(_options, failure, NullLogger<NodeStorage>.Instance);
        await _storage.Open();
        _replica = new ReplicaDriver(
            new GroupName("other", 0),
            new NamespaceRecord(),
            _options,
            _storage,
            failure,
            TimeProvider.System,
            NullLogger.Instance,
            isAlive: static _ => true);
        await Turn(() => _replica.Attach(static (_, _) => { }, CancellationToken.None, () => _paces.Add(_replica.IsQuiet)));
        while (!_replica.IsQuiet)
            await Tick();
    }

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_request_lets_it_tick_again()
    {
        ReadIndexResult read = null!;
        await Turn(async () => read = await _replica.ReadIndex());

        read.Confirmed.ShouldBeTrue();
        _paces.ShouldBe([true, false]);
    }

    [Fact]
    public async Task One_whose_namespace_is_deleted_ticks_once_more_at_once()
    {
        Task end = _replica.End();
        while (_paces.Count < 2)
            await Turn(() => Task.CompletedTask);

        _paces.ShouldBe([true, false]);
        await Tick();
        await Turn(() =>
        {
            _replica.Detach();
            return Task.CompletedTask;
        });
        await end;
    }

    private Task Tick() => Turn(() =>
    {
        _replica.Tick();
        return Task.CompletedTask;
    });

    private Task Turn(Func<Task> action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, _turns.ExclusiveScheduler).Unwrap();
}
