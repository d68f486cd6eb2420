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

    /// <summary>
    /// A process dies after it gave a segment its name, the next start says in the one before that it follows, and in the middle
    /// of that the power fails.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_segment_that_a_killed_process_began_survives_a_power_cut_in_the_next_start(int seed)
    {
        var random = new Random(seed);
        for (int operations = 1; operations < 16; operations++)
        {
            var disk = new SimulatedDisk(seed);
            int names = 0;
            disk.Before = operation =>
            {
                // The first is that of the log's first segment.
                names += operation == "rename" ? 1 : 0;
                if (names == 2 && operation != "rename")
                    throw new IOException("The process is killed.");
            };
            int acknowledged = WriteUntilKilled(disk);

            FailAfter(disk, operations, null);
            try
            {
                using SegmentedLog log = LogScript.Open(disk, []);
            }
            catch (PowerLossException)
            {
            }

            disk.Before = static _ => { };
            disk.Crash(random);
            LogScript.Recover(disk).Count.ShouldBeGreaterThanOrEqualTo(acknowledged);
        }
    }

    private static int WriteUntilKilled(SimulatedDisk disk)
    {
        int acknowledged = 0;
        try
        {
            using SegmentedLog log = LogScript.Open(disk, []);
            while (true)
            {
                LogScript.Append(log, [new string('x', 100)]);
                acknowledged++;
            }
        }
        catch (IOException)
        {
            return acknowledged;
        }
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
