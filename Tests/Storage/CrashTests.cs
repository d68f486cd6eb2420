using Doozer.Simulation;
using Doozer.Storage;

namespace Doozer.Tests.Storage;

/// <summary>
/// Runs a log through hundreds of power cuts and failed flushes in the middle of anything, recovery included. After a failed
/// flush the process starts again, and finds in the page cache what the disk may not have.
/// </summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Acknowledged_records_survive_every_crash_and_failed_flush_in_order(int seed)
    {
        var random = new Random(seed);
        var disk = new SimulatedDisk(seed);
        List<string> expected = [];
        int written = 0;
        for (int crash = 0; crash < 100; crash++)
        {
            bool powerFails = random.Next(2) == 0;
            FailAfter(disk, random.Next(1, 40), powerFails ? null : SimulatedDisk.FlushOperation);
            int acknowledged = expected.Count;
            List<string> replayed = [];
            try
            {
                using SegmentedLog log = LogScript.Open(disk, replayed);

                // What was replayed is relied on from here, so it may not vanish in the next crash.
                ShouldContinue(replayed, expected, acknowledged, seed, crash);
                expected = replayed;
                acknowledged = expected.Count;
                while (true)
                {
                    string[] payloads = new string[random.Next(1, 6)];
                    for (int i = 0; i < payloads.Length; i++)
                        payloads[i] = $"{written++}:" + new string('x', random.Next(300));
                    foreach (string payload in payloads)
                        expected.Add("g/" + payload);
                    LogScript.Append(log, payloads);
                    acknowledged = expected.Count;
                }
            }
            catch (IOException)
            {
                disk.Before = static _ => { };
                if (powerFails)
                    disk.Crash(random);
            }

            List<string> survivors = LogScript.Recover(disk);
            ShouldContinue(survivors, expected, acknowledged, seed, crash);
            expected = survivors;
        }

        expected.Count.ShouldBeGreaterThan(500);
    }

    private static void ShouldContinue(List<string> found, List<string> written, int acknowledged, int seed, int crash)
    {
        found.Count.ShouldBeInRange(acknowledged, written.Count, $"seed {seed}, crash {crash}");
        found.SequenceEqual(written[..found.Count]).ShouldBeTrue($"seed {seed}, crash {crash}");
    }

    private static void FailAfter(SimulatedDisk disk, int operations, string? failing)
    {
        disk.Before = operation =>
        {
            if (--operations <= 0 && (failing is null || operation == failing))
                throw failing is null ? new PowerLossException() : new IOException("Input/output error");
        };
    }
}
