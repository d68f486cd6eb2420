using Doozer.Clustering;
using Doozer.Tests.Client;

namespace Doozer.Tests.Cluster;

/// <summary>A wall clock that somebody sets, in either direction.</summary>
public sealed class ClockStepTests
{
    [Theory]
    [InlineData(-2)]
    [InlineData(48)]
    public async Task A_node_serves_whatever_its_clock_is_set_to(int hours)
    {
        var clock = new SetClock();
        await using DoozerCluster cluster = await DoozerCluster.Start(1, time: clock);
        long revision = await cluster.On(0).Set("/a", [1], 0, Guid.NewGuid());

        // First on, so that whatever is scheduled by the clock is there, and then back.
        foreach (TimeSpan step in (TimeSpan[])[TimeSpan.FromHours(hours), -TimeSpan.FromHours(2 * hours), TimeSpan.FromHours(-1)])
        {
            clock.Step(step);
            (await cluster.On(0).Get("/a", Revisions.Latest, ReadMode.Linearizable)).Revision.ShouldBe(revision);

            // Grains that are not there yet are activated now.
            INamespaceGrain after = await cluster.Create($"after{step.Ticks}");
            (await after.Set("/a", [1], 0, Guid.NewGuid())).ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void Steady_time_goes_on_by_the_monotonic_clock_alone()
    {
        var time = new VirtualTime();
        var clock = new SetClock(time);
        var steady = new SteadyTime(clock);
        DateTimeOffset start = steady.GetUtcNow();
        clock.Step(TimeSpan.FromDays(-2));
        steady.GetUtcNow().ShouldBe(start);
        time.Pass(TimeSpan.FromSeconds(3));
        (steady.GetUtcNow() - start).ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData(0.3, 3)]
    [InlineData(5, 7)]
    [InlineData(0, 0)]
    [InlineData(-1, -1)]
    [InlineData(4294967294, 4294967294)]
    public void A_timer_of_steady_time_is_not_early(double due, double asked)
    {
        var time = new AskedTime();
        using ITimer timer = new SteadyTime(time).CreateTimer(_ => { }, null, TimeSpan.FromMilliseconds(due), TimeSpan.Zero);
        time.Due.ShouldBe(TimeSpan.FromMilliseconds(asked));
    }

    private sealed class AskedTime : TimeProvider
    {
        public TimeSpan Due { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class SetClock(TimeProvider? time = null) : TimeProvider
    {
        private readonly TimeProvider _time = time ?? System;
        private long _offset;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void Step(TimeSpan by) => Interlocked.Add(ref _offset, by.Ticks);

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow().AddTicks(Interlocked.Read(ref _offset));

        public override long GetTimestamp() => _time.GetTimestamp();
    }
}
