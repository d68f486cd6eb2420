namespace Doozer.Tests.Simulation;

public sealed class SimulationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void RandomFaultsNeverBreakAgreementAndEndInRecovery(int hundred)
    {
        var total = default(RunSummary);
        for (var seed = hundred * 100; seed < (hundred + 1) * 100; seed++)
        {
            var run = RandomRun.Execute(seed);
            total = new RunSummary(
                total.Chosen + run.Chosen, total.Batches + run.Batches, total.Acknowledged + run.Acknowledged, total.Reads + run.Reads);
        }

        // A simulation in which nothing happens finds nothing.
        total.Acknowledged.ShouldBeGreaterThan(5000);
        total.Reads.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void SeedReplaysExactly() => RandomRun.Execute(4711).ShouldBe(RandomRun.Execute(4711));
}
