using Doozer.Silo;
using Doozer.Silo.Bench;

namespace Doozer.Tests.Client;

public sealed class BenchLatencyHistogramTests
{
    [Fact]
    public void An_empty_one_is_all_zero()
    {
        var histogram = new BenchLatencyHistogram();
        histogram.Count.ShouldBe(0);
        histogram.Percentile(0.99).ShouldBe(0);
        histogram.Max.ShouldBe(0);
    }

    [Fact]
    public void Small_latencies_are_exact()
    {
        var histogram = new BenchLatencyHistogram();
        for (int i = 1; i <= 100; i++)
            histogram.Record(i / 2);
        histogram.Percentile(0.5).ShouldBe(25);
        histogram.Percentile(0.01).ShouldBe(0);
        histogram.Percentile(1).ShouldBe(50);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(999)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(12_345_678)]
    [InlineData(4_294_967_295)]
    public void Any_latency_is_found_again_within_a_64th(long latency)
    {
        var histogram = new BenchLatencyHistogram();
        histogram.Record(latency);
        histogram.Record(long.MaxValue);
        histogram.Percentile(0.5).ShouldBeInRange(latency, latency + (latency / 64));
    }

    [Fact]
    public void Percentiles_split_the_recorded_latencies()
    {
        var histogram = new BenchLatencyHistogram();
        for (int i = 1; i <= 10_000; i++)
            histogram.Record(i);
        histogram.Percentile(0.5).ShouldBeInRange(5_000, 5_000 + (5_000 / 64));
        histogram.Percentile(0.99).ShouldBeInRange(9_900, 9_900 + (9_900 / 64));
        histogram.Max.ShouldBe(10_000);
        histogram.Percentile(1).ShouldBe(10_000);
    }

    [Fact]
    public void What_is_out_of_range_is_counted_at_the_end_of_the_range()
    {
        var histogram = new BenchLatencyHistogram();
        histogram.Record(-5);
        histogram.Percentile(1).ShouldBe(0);
        histogram.Record(long.MaxValue);
        histogram.Max.ShouldBe(4_294_967_295);
        histogram.Count.ShouldBe(2);
    }

    [Fact]
    public void Merging_adds_up()
    {
        (BenchLatencyHistogram? one, BenchLatencyHistogram? two, BenchLatencyHistogram? both) = (
            new BenchLatencyHistogram(), new BenchLatencyHistogram(), new BenchLatencyHistogram());
        for (int i = 0; i < 1_000; i++)
        {
            (i % 2 == 0 ? one : two).Record(i * 7);
            both.Record(i * 7);
        }

        one.Add(two);
        one.Count.ShouldBe(both.Count);
        one.Max.ShouldBe(both.Max);
        foreach (double share in new[] { 0.1, 0.5, 0.9, 0.99 })
            one.Percentile(share).ShouldBe(both.Percentile(share));
    }
}
