using Doozer.Simulation;
using Doozer.Storage;
using Doozer.Storage.Format;

namespace Doozer.Tests.Storage;

public sealed class TornTailTests
{
    // With the group's name of one byte the last record is 24 + 16 bytes without padding, so every byte of it matters.
    private const string LastPayload = "fifteen letters";

    private static readonly string Segment = LogScript.PathOf(1);

    [Fact]
    public void A_last_record_that_did_not_reach_the_disk_from_any_byte_on_is_cut()
    {
        SimulatedDisk written = LogScript.Write("a,b", "c", LastPayload);
        List<int> offsets = LogScript.Offsets(written[Segment]);
        for (int cut = offsets[^2]; cut < offsets[^1]; cut++)
        {
            SimulatedDisk disk = written.Copy();
            disk[Segment].AsSpan(cut).Clear();
            ShouldGoOnAfterCutting(disk, cut);
        }
    }

    [Fact]
    public void A_last_record_with_any_byte_wrong_is_cut()
    {
        SimulatedDisk written = LogScript.Write("a,b", "c", LastPayload);
        List<int> offsets = LogScript.Offsets(written[Segment]);
        for (int at = offsets[^2]; at < offsets[^1]; at++)
        {
            SimulatedDisk disk = written.Copy();
            disk[Segment][at] ^= 0x10;
            ShouldGoOnAfterCutting(disk, at);
        }
    }

    [Fact]
    public void Garbage_after_the_last_record_is_cut()
    {
        SimulatedDisk disk = LogScript.Write("a,b", "c");
        int end = LogScript.Offsets(disk[Segment])[^1];
        disk[Segment].AsSpan(end + 100, 333).Fill(0xA5);
        ShouldGoOnAfterCutting(disk, end + 100);
    }

    [Fact]
    public void A_hole_in_an_unflushed_write_takes_the_good_records_behind_it_along()
    {
        SimulatedDisk disk = LogScript.Write("a", "b,c,d");
        int hole = LogScript.Offsets(disk[Segment])[2];
        disk[Segment].AsSpan(hole, 8).Clear();

        LogScript.Recover(disk).ShouldBe(["g/a", "g/b"]);
        disk[Segment].AsSpan(hole + LogRecord.MarkSize).IndexOfAnyExcept((byte)0).ShouldBe(-1);
    }

    [Fact]
    public void The_same_hole_before_a_later_write_is_damage()
    {
        SimulatedDisk disk = LogScript.Write("a", "b,c,d", "e");
        int hole = LogScript.Offsets(disk[Segment])[2];
        disk[Segment].AsSpan(hole, 8).Clear();

        LogScript.ShouldRefuse(disk).Message.ShouldContain($"'{Segment}' at offset {hole};");
    }

    [Fact]
    public void Lost_sectors_before_a_later_write_are_damage_even_when_its_payload_is_lost_too()
    {
        SimulatedDisk disk = LogScript.Write("a", "b", "c");
        List<int> offsets = LogScript.Offsets(disk[Segment]);
        disk[Segment].AsSpan(offsets[1], offsets[2] - offsets[1]).Clear();
        disk[Segment][offsets[^1] - 7] ^= 1;

        LogScript.ShouldRefuse(disk).Message.ShouldContain($"offset {offsets[1]};");
    }

    [Fact]
    public void A_payload_that_holds_a_copy_of_later_records_is_no_proof_of_damage()
    {
        // The copy stands at the offset it was made for and is sound, but it is of another log.
        SimulatedDisk other = LogScript.Write(new string('x', 200), "y", "z");
        int copied = LogScript.Offsets(other[Segment])[^2];
        var disk = new SimulatedDisk(seed: 7);
        using (SegmentedLog log = LogScript.Open(disk, []))
            LogScript.Append(log, new string('p', 400));
        other[Segment].AsSpan(copied, 32).CopyTo(disk[Segment].AsSpan(copied));

        LogScript.Recover(disk).ShouldBeEmpty();
    }

    [Fact]
    public void After_an_orderly_stop_even_the_last_record_is_proven_and_damage_to_it_refused()
    {
        SimulatedDisk disk = LogScript.Write("a");
        using (SegmentedLog log = LogScript.Open(disk, []))
        {
            LogScript.Append(log, "b", LastPayload);
            log.Mark();
        }

        List<int> offsets = LogScript.Offsets(disk[Segment]);
        for (int at = offsets[^3]; at < offsets[^2]; at++)
        {
            SimulatedDisk damaged = disk.Copy();
            damaged[Segment][at] ^= 0x01;
            LogScript.ShouldRefuse(damaged).Message.ShouldContain($"offset {offsets[^3]};");
        }
    }

    [Fact]
    public void Opening_an_untouched_log_again_does_not_make_it_longer()
    {
        SimulatedDisk disk = LogScript.Write("a");
        LogScript.Recover(disk);
        byte[] before = disk[Segment].ToArray();
        LogScript.Recover(disk);
        disk[Segment].ShouldBe(before);
    }

    private static void ShouldGoOnAfterCutting(SimulatedDisk disk, int at)
    {
        List<string> replayed = [];
        using (SegmentedLog log = LogScript.Open(disk, replayed))
        {
            replayed.ShouldBe(["g/a", "g/b", "g/c"], $"torn at {at}");
            LogScript.Append(log, "new");
        }

        LogScript.Recover(disk).ShouldBe(["g/a", "g/b", "g/c", "g/new"], $"torn at {at}");
    }
}
