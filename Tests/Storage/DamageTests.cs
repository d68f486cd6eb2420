using Doozer.Simulation;
using Doozer.Storage;
using Doozer.Storage.Format;

namespace Doozer.Tests.Storage;

public sealed class DamageTests
{
    private static readonly string Big = new('x', 480);

    [Fact]
    public void A_flipped_bit_in_any_record_before_the_last_write_is_refused_with_file_and_offset()
    {
        string path = LogScript.PathOf(1);
        SimulatedDisk written = LogScript.Write("first,second", new string('3', 60), "", "last");
        List<int> offsets = LogScript.Offsets(written[path]);
        for (int record = 0; record < offsets.Count - 2; record++)
        {
            for (int at = offsets[record]; at < offsets[record + 1]; at++)
                ShouldRefuseEveryFlip(written, path, at, $"'{path}' at offset {offsets[record]};");
        }
    }

    [Fact]
    public void A_flipped_bit_in_a_segment_header_is_refused()
    {
        SimulatedDisk written = LogScript.Write("a");
        for (int at = 0; at < SegmentHeader.Size; at++)
            ShouldRefuseEveryFlip(written, LogScript.PathOf(1), at, $"'{LogScript.PathOf(1)}' at offset 0;");
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_an_older_segment_is_refused()
    {
        SimulatedDisk written = ThreeSegments();
        string path = LogScript.PathOf(1);
        for (int at = 0; at < LogScript.Options.SegmentBytes; at++)
        {
            SimulatedDisk disk = written.Copy();
            disk[path][at] ^= 0x40;
            LogScript.ShouldRefuse(disk).Message.ShouldContain($"'{path}' at offset ");
        }
    }

    [Fact]
    public void Losing_the_last_write_of_an_older_segment_is_refused()
    {
        SimulatedDisk disk = ThreeSegments();
        string path = LogScript.PathOf(2);
        List<int> offsets = LogScript.Offsets(disk[path]);
        disk[path].AsSpan(offsets[^3]).Clear();

        LogScript.ShouldRefuse(disk).Message.ShouldContain($"'{path}' at offset {offsets[^3]};");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_missing_segment_is_refused_by_name(long missing)
    {
        SimulatedDisk disk = ThreeSegments();
        disk.Remove(LogScript.PathOf(missing));
        string message = LogScript.ShouldRefuse(disk).Message;
        message.ShouldContain("missing");
        message.ShouldContain(LogScript.PathOf(missing));
    }

    [Fact]
    public void Swapped_segments_are_refused()
    {
        SimulatedDisk disk = ThreeSegments();
        (byte[]? one, byte[]? two) = (disk[LogScript.PathOf(1)], disk[LogScript.PathOf(2)]);
        disk.Put(LogScript.PathOf(1), two);
        disk.Put(LogScript.PathOf(2), one);
        LogScript.ShouldRefuse(disk).Message.ShouldContain("the file holds segment 2");
    }

    [Fact]
    public void A_segment_of_another_log_is_refused()
    {
        SimulatedDisk disk = ThreeSegments();
        SimulatedDisk other = ThreeSegments(seed: 5);
        disk.Put(LogScript.PathOf(2), other[LogScript.PathOf(2)]);
        LogScript.ShouldRefuse(disk).Message.ShouldContain("does not belong to the one before it");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(2047)]
    [InlineData(2050)]
    public void A_file_of_another_size_than_it_was_made_with_is_refused(int length)
    {
        SimulatedDisk disk = LogScript.Write("a", "b");
        byte[] bytes = disk[LogScript.PathOf(1)];
        Array.Resize(ref bytes, length);
        disk.Put(LogScript.PathOf(1), bytes);
        LogScript.ShouldRefuse(disk).Message.ShouldContain(LogScript.PathOf(1));
    }

    [Fact]
    public void A_misnamed_segment_is_refused()
    {
        SimulatedDisk disk = LogScript.Write("a");
        disk.Put(Path.Combine(LogScript.Directory, "1.log"), disk[LogScript.PathOf(1)]);
        LogScript.ShouldRefuse(disk).Message.ShouldContain("1.log");
    }

    [Fact]
    public void A_segment_of_a_later_format_is_refused()
    {
        SimulatedDisk disk = LogScript.Write("a");
        byte[] header = disk[LogScript.PathOf(1)];
        header[8] = 2;
        uint checksum = ~Crc32C.Update(Crc32C.Update(Crc32C.Seed, header.AsSpan(0, 12)), header.AsSpan(16, 48));
        BitConverter.TryWriteBytes(header.AsSpan(12), checksum).ShouldBeTrue();
        LogScript.ShouldRefuse(disk).Message.ShouldContain("format version 2");
    }

    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void The_checksum_is_Castagnolis(string text, uint expected) =>
        Crc32C.Compute(System.Text.Encoding.ASCII.GetBytes(text)).ShouldBe(expected);

    private static SimulatedDisk ThreeSegments(int seed = 1)
    {
        var disk = new SimulatedDisk(seed);
        using SegmentedLog log = LogScript.Open(disk, []);
        for (int i = 0; log.Sequence < 3; i++)
            LogScript.Append(log, i + Big, "s");
        return disk;
    }

    private static void ShouldRefuseEveryFlip(SimulatedDisk written, string path, int at, string where)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            SimulatedDisk disk = written.Copy();
            disk[path][at] ^= (byte)(1 << bit);
            LogScript.ShouldRefuse(disk).Message.ShouldContain(where, Case.Sensitive, $"byte {at} bit {bit}");
        }
    }
}
