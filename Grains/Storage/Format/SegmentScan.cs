using System.Text;

namespace Doozer.Storage.Format;

/// <summary>Where a segment's records end, and what lies behind them.</summary>
/// <param name="End">The offset after the last good record.</param>
/// <param name="Unproven">The offset from which on nothing shows that the records had been flushed.</param>
/// <param name="EndsWithMark">Whether a mark is the last record, or the segment has none.</param>
/// <param name="TornEnd">The offset after the last byte of a torn write, or <see cref="End"/> when nothing was torn.</param>
internal readonly record struct SegmentTail(long End, long Unproven, bool EndsWithMark, long TornEnd);

/// <summary>
/// Reads a segment's records in order and decides what an unreadable one means.
/// </summary>
/// <remarks>
/// In the newest segment an unreadable record is either the trace of a write that a crash cut short - nobody was told that
/// it is durable, so it may go - or damage to something that was acknowledged, which must never go. Being the last thing
/// in the file does not tell them apart: one write carries many records, and a crash may leave any of its sectors on the
/// disk and not the others, so good records may follow a hole in a write that was never acknowledged.
/// What tells them apart is that every record says up to which offset the segment was durable when it was written. A record
/// anywhere behind the unreadable one that calls the place durable was written after a flush that covered it: that is
/// damage. If none does, everything behind belongs to the same unflushed write, and is cut.
/// What is left undecidable is damage to the last flushed write before a crash, between that crash and the next start; at
/// every start and orderly stop a mark closes that gap.
/// The disk is trusted not to harm the bytes next to the ones it is writing within a sector.
/// </remarks>
internal sealed class SegmentScan(string path, SegmentHeader header, SegmentReader reader)
{
    private readonly Dictionary<string, string> _groups = new(StringComparer.Ordinal);

    /// <summary>Scans a segment that another follows; <paramref name="end"/> is what that other says about it.</summary>
    /// <param name="mayLackSeal">Whether the seal need not be there, or not wholly.</param>
    public void ReadFull(long end, bool mayLackSeal, Action<string, ReadOnlyMemory<byte>> replay)
    {
        SegmentTail tail = ReadRecords(end, replay);
        if (tail.End != end)
            throw StorageException.Damaged(path, tail.End, "a record is unreadable");
        bool isSealed = TryRead(end, out LogRecord record, out _) && record.Kind == LogRecordKind.Seal;
        if (!isSealed && !mayLackSeal)
            throw StorageException.Damaged(path, end, "the seal of a full segment is unreadable");
        if (reader.FindNonZero(end + LogRecord.MarkSize) is { } garbage)
            throw StorageException.Damaged(path, garbage.First, "bytes follow the last record of a full segment");
    }

    /// <summary>Scans the newest segment, whose last write may be torn.</summary>
    public SegmentTail ReadNewest(Action<string, ReadOnlyMemory<byte>> replay)
    {
        SegmentTail tail = ReadRecords(reader.Length, replay);
        if (reader.FindNonZero(tail.End) is not { } rest)
            return tail;
        if (FindProofOfDurability(tail.End, rest.End) is { } proof)
        {
            throw StorageException.Damaged(
                path, tail.End, $"a record is unreadable though the one at offset {proof} was written after it had been flushed");
        }

        return tail with { TornEnd = rest.End };
    }

    private SegmentTail ReadRecords(long limit, Action<string, ReadOnlyMemory<byte>> replay)
    {
        long offset = SegmentHeader.Size;
        long unproven = offset;
        bool endsWithMark = true;
        while (offset < limit && TryRead(offset, out LogRecord record, out ReadOnlySpan<byte> content))
        {
            if (record.Kind == LogRecordKind.Seal)
                throw StorageException.Damaged(NextPath(), 0, "the newest segment is missing");
            unproven = record.Durable;
            endsWithMark = record.Kind == LogRecordKind.Mark;
            if (!endsWithMark)
                replay(GroupOf(content[..record.GroupLength]), content[record.GroupLength..record.ContentLength].ToArray());
            offset += record.Size;
        }

        return new SegmentTail(offset, unproven, endsWithMark, offset);
    }

    private bool TryRead(long offset, out LogRecord record, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!LogRecord.TryReadHeader(reader.Peek(offset, LogRecord.HeaderSize), header.Salt, offset, out record)
            || record.Size > reader.Length - offset)
        {
            return false;
        }

        content = reader.Peek(offset, record.Size)[LogRecord.HeaderSize..];
        return record.Matches(content);
    }

    private long? FindProofOfDurability(long bad, long end)
    {
        for (long offset = bad + LogRecord.Alignment; offset < end; offset += LogRecord.Alignment)
        {
            if (LogRecord.TryReadHeader(reader.Peek(offset, LogRecord.HeaderSize), header.Salt, offset, out LogRecord later)
                && later.Durable > bad)
            {
                return offset;
            }
        }

        return null;
    }

    private string NextPath() =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", SegmentHeader.NameOf(header.Sequence + 1));

    private string GroupOf(ReadOnlySpan<byte> name)
    {
        Span<char> chars = stackalloc char[LogRecord.MaxGroupBytes];
        ReadOnlySpan<char> decoded = chars[..Encoding.UTF8.GetChars(name, chars)];
        Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> lookup = _groups.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!lookup.TryGetValue(decoded, out string? group))
            _groups[group = decoded.ToString()] = group;
        return group;
    }
}
