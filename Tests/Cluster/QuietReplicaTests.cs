using Doozer.Grains;
using Doozer.Node;
using Doozer.Replicas;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Cluster;

/// <summary>How often a replica wants to tick.</summary>
public sealed class QuietReplicaTests : IAsyncLifetime
{
    private readonly ConcurrentExclusiveSchedulerPair _turns = new();
    private readonly List<bool> _paces = [];
    private OpenStorage _opened = null!;
    private ReplicaDriver _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _opened = await OpenStorage.Of("n1");
        _replica = new ReplicaDriver(
            new GroupName("other", 0),
            new NamespaceRecord(),
            _opened.Options,
            _opened.Storage,
            _opened.Failure,
            TimeProvider.System,
            NullLogger.Instance,
            isAlive: static _ => true);
        await Turn(() => _replica.Attach(static (_, _) => { }, CancellationToken.None, () => _paces.Add(_replica.IsQuiet)));
        while (!_replica.IsQuiet)
            await Tick();
    }

    public ValueTask DisposeAsync() => _opened.DisposeAsync();

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
