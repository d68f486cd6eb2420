using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>Some seeds of the simulator; eng/simulate.sh runs as many as one likes.</summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void RandomFaultsNeverBreakARuleAndEndInRecovery(int part)
    {
        var total = default(RunSummary);
        for (var seed = part * 20; seed < (part + 1) * 20; seed++)
            total += RandomRun.Execute(seed);

        // A simulation in which nothing happens finds nothing.
        total.Acknowledged.ShouldBeGreaterThan(1500);
        total.Reads.ShouldBeGreaterThan(500);
        total.Faults.ShouldBeGreaterThan(300);
        total.Elections.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void SeedReplaysExactly() => RandomRun.Execute(4711).ShouldBe(RandomRun.Execute(4711));
}
