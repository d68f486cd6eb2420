using Doozer.Replicas;

namespace Doozer.Tests.Cluster;

public class AppliedSlotTests
{
    private readonly AppliedSlot _applied = new();

    [Fact]
    public async Task A_wait_ends_when_its_slot_is_applied()
    {
        Task<bool> reached = _applied.Reaches(3, TimeSpan.FromMinutes(1), TimeProvider.System);

        _applied.Advance(2);
        Assert.False(reached.IsCompleted);
        _applied.Advance(3);

        Assert.True(await reached);
        Assert.True(await _applied.Reaches(3, TimeSpan.Zero, TimeProvider.System));
    }

    [Fact]
    public async Task A_wait_ends_when_its_time_is_over() =>
        Assert.False(await _applied.Reaches(1, TimeSpan.FromMilliseconds(1), TimeProvider.System));

    [Fact]
    public async Task Whoever_waits_when_a_replica_ends_gets_the_reason()
    {
        var reason = new NodeUnavailableException("n1", "its disk is gone");
        Task<bool> reached = _applied.Reaches(3, TimeSpan.FromMinutes(1), TimeProvider.System);

        _applied.End(reason);

        Assert.Same(reason, await Assert.ThrowsAsync<NodeUnavailableException>(() => reached));
    }

    [Fact]
    public async Task Whoever_waits_after_a_replica_has_ended_gets_the_reason()
    {
        var reason = new NodeUnavailableException("n1", "its disk is gone");

        _applied.End(reason);

        Task<bool> late = _applied.Reaches(3, TimeSpan.FromMinutes(1), TimeProvider.System);
        Assert.Same(reason, await Assert.ThrowsAsync<NodeUnavailableException>(() => late));
    }
}
