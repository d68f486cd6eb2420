using System.Diagnostics;
using System.Text;
using Doozer.Simulation;
using Doozer.Tests.EndToEnd;

namespace Doozer.Tests.Scenarios;

/// <summary>Some seeds of the simulator; eng/simulate.sh runs as many as one likes.</summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_faults_never_break_a_rule_and_end_in_recovery(int part)
    {
        var total = default(RunSummary);
        for (int seed = part * 15; seed < (part + 1) * 15; seed++)
            total += RandomRun.Execute(seed);

        // A simulation in which nothing happens finds nothing.
        total.Acknowledged.ShouldBeGreaterThan(750);
        total.Reads.ShouldBeGreaterThan(250);
        total.Faults.ShouldBeGreaterThan(150);
        total.Elections.ShouldBeGreaterThan(25);
    }

    [Fact]
    public void Seed_in_which_reads_waited_for_acceptors_that_were_left_out() =>
        RandomRun.Execute(100871).Acknowledged.ShouldBeGreaterThan(0);

    [Fact]
    public void Seed_replays_exactly()
    {
        RandomRun.Execute(4711).ShouldBe(RandomRun.Execute(4711));
        RandomRun.Execute(4711).Digest.ShouldNotBe(RandomRun.Execute(4712).Digest);
    }

    /// <summary>Strings hash differently in every process: nothing may follow from that.</summary>
    [Fact]
    public async Task Seed_is_the_same_story_in_another_process()
    {
        var story = new StringBuilder();
        RandomRun.Replay(4711, Mutation.None, line => story.Append(line).Append('\n'), out RunSummary summary, out _)
            .ShouldBeNull();
        var start = new ProcessStartInfo("dotnet", [Executable.Simulation, "--replay", "4711"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.ReplaceLineEndings("\n").ShouldBe($"{story}digest {summary.Digest:x8}\nSeed 4711 breaks nothing.\n");
    }
}
