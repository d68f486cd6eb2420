using Doozer.Storage.Format;

namespace Doozer.Storage;

/// <summary>Sizes and limits of the log.</summary>
internal sealed record WriteAheadLogOptions
{
    /// <summary>
    /// Bytes of a new segment file; existing ones keep the size they were made with. The log is dropped by whole segments, and
    /// keeps two for what is to come, so larger ones take more room.
    /// </summary>
    public long SegmentBytes { get; init; } = 16L << 20;

    /// <summary>The longest payload of one record, in bytes.</summary>
    public int MaxRecordBytes { get; init; } = 8 << 20;

    /// <summary>
    /// The most bytes, record headers included, that may wait for the disk before Append is refused. From half of it on, each
    /// replica takes nothing more on while something of its own waits, so their votes, which are not refused, go beyond that half
    /// by what one replica takes at a time, a batch or an answer with chosen slots, for each namespace.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 64L << 20;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message says which range.</exception>
    public void Validate()
    {
        Require(MaxRecordBytes is >= 1 and <= 256 << 20, nameof(MaxRecordBytes), MaxRecordBytes, "1 byte to 256 MiB");
        int largest = LogRecord.LargestSize(MaxRecordBytes);
        int least = SegmentHeader.Size + largest + LogRecord.ReservedSize;
        Require(SegmentBytes >= least && SegmentBytes <= 1 << 30 && SegmentBytes % LogRecord.Alignment == 0,
            nameof(SegmentBytes),
            SegmentBytes,
            $"{least} bytes (room for one record) to 1 GiB, a multiple of {LogRecord.Alignment}");
        Require(MaxQueuedBytes >= largest && MaxQueuedBytes <= 1 << 30,
            nameof(MaxQueuedBytes), MaxQueuedBytes, $"{largest} bytes (room for one record) to 1 GiB");
    }

    private static void Require(bool holds, string name, long value, string range)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be {range}.");
    }
}
