using Doozer.Benchmarks.Loads;

namespace Doozer.Tests.Benchmarks;

public sealed class WatchRecorderTests
{
    private readonly WatchRecorder _recorder = new(watchers: 2, writes: 5);

    [Fact]
    public void Counts_each_event_once_and_those_that_later_ones_replaced()
    {
        See(watcher: 0, 1);
        See(watcher: 0, 1);
        See(watcher: 0, 4);
        See(watcher: 0, 2);
        See(watcher: 1, 1);

        _recorder.Latencies.Count.ShouldBe(3);
        _recorder.Skipped.ShouldBe(2);
        _recorder.Behind(1).ShouldBe(0);
        _recorder.Behind(4).ShouldBe(1);
    }

    [Fact]
    public void What_was_written_to_warm_up_or_by_others_does_not_count()
    {
        See(watcher: 0, 0);
        See(watcher: 0, 6);

        _recorder.Latencies.Count.ShouldBe(0);
        _recorder.LastDelivery.ShouldBe(0);
        _recorder.Behind(1).ShouldBe(2);
    }

    private void See(int watcher, long number)
    {
        byte[] body = new byte[16];
        WatchRecorder.Number(body, number);
        _recorder.Sees(watcher, body);
    }
}
