using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Doozer.Storage.Format;

/// <summary>
/// One record: a header of 24 bytes, the group's name, the payload, and zeros up to a multiple of 8.
/// <code>
///  0  checksum of the header, over the segment's salt, the record's offset and bytes 4 to 23
///  4  checksum of what follows the header, padding included
///  8  length of name and payload together
/// 12  the offset up to which the segment was durable when this record was written
/// 16  kind (1 record, 2 mark, 3 seal)   17 length of the name   18 zeros
/// </code>
/// The header has a checksum of its own so that a search for later records costs one look per position, whatever the
/// payloads contain, and so that a record whose payload is damaged still tells what was durable before it.
/// </summary>
internal readonly record struct LogRecord(
    int ContentChecksum, int ContentLength, long Durable, LogRecordKind Kind, int GroupLength)
{
    public const int HeaderSize = 24;
    public const int Alignment = 8;
    public const int MaxGroupBytes = byte.MaxValue;
    public const int MarkSize = HeaderSize;

    /// <summary>Every segment keeps room for a mark and a seal behind its last record.</summary>
    public const int ReservedSize = 2 * MarkSize;

    public int Size => SizeOf(ContentLength);

    public static int SizeOf(int contentLength) => HeaderSize + Padded(contentLength);

    public static int LargestSize(int maxPayload) => SizeOf(MaxGroupBytes + maxPayload);

    public static int SizeOf(int groupBytes, int payloadBytes) => SizeOf(groupBytes + payloadBytes);

    /// <summary>Writes everything but what depends on where the record will lie; <see cref="Stamp"/> adds that.</summary>
    public static void Encode(Span<byte> target, string group, int groupBytes, ReadOnlySpan<byte> payload)
    {
        int contentLength = groupBytes + payload.Length;
        Span<byte> content = target.Slice(HeaderSize, Padded(contentLength));
        Encoding.UTF8.GetBytes(group, content);
        payload.CopyTo(content[groupBytes..]);
        content[contentLength..].Clear();
        EncodeHeader(target, LogRecordKind.Record, groupBytes, contentLength, Crc32C.Compute(content));
    }

    /// <summary>A whole record that carries nothing but its kind and its durable offset, which is its own.</summary>
    public static void WriteMark(Span<byte> target, LogRecordKind kind, ulong salt, long offset)
    {
        EncodeHeader(target, kind, 0, 0, Crc32C.Compute(default));
        Stamp(target, salt, offset, durable: offset);
    }

    public static void Stamp(Span<byte> record, ulong salt, long offset, long durable)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)durable);
        BinaryPrimitives.WriteUInt32LittleEndian(record, HeaderChecksum(record, salt, offset));
    }

    public static int SizeAt(ReadOnlySpan<byte> encoded) => SizeOf(BinaryPrimitives.ReadInt32LittleEndian(encoded[8..]));

    /// <summary>Whether a record's header, in a segment with this salt, stands at this offset.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> source, ulong salt, long offset, out LogRecord record)
    {
        record = default;
        if (source.Length < HeaderSize || source[16] is < (byte)LogRecordKind.Record or > (byte)LogRecordKind.Seal)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != HeaderChecksum(source, salt, offset))
            return false;

        record = new LogRecord(
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[12..]),
            (LogRecordKind)source[16],
            source[17]);

        // No writer makes a header that breaks these, so one that does is only bytes that look like one.
        return record.ContentLength >= record.GroupLength && record.ContentLength <= 1 << 30 && record.Durable <= offset;
    }

    public bool Matches(ReadOnlySpan<byte> paddedContent) => (uint)ContentChecksum == Crc32C.Compute(paddedContent);

    private static int Padded(int length) => (length + Alignment - 1) & -Alignment;

    private static void EncodeHeader(Span<byte> target, LogRecordKind kind, int groupBytes, int contentLength, uint checksum)
    {
        target[..HeaderSize].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], checksum);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], contentLength);
        target[16] = (byte)kind;
        target[17] = (byte)groupBytes;
    }

    private static uint HeaderChecksum(ReadOnlySpan<byte> header, ulong salt, long offset)
    {
        uint crc = BitOperations.Crc32C(Crc32C.Seed, salt);
        crc = BitOperations.Crc32C(crc, (ulong)offset);
        return ~Crc32C.Update(crc, header[sizeof(uint)..HeaderSize]);
    }
}

internal enum LogRecordKind : byte
{
    /// <summary>What somebody appended.</summary>
    Record = 1,

    /// <summary>
    /// Written where the log is opened and closed: it makes damage to the very last record before it distinguishable from a
    /// torn write.
    /// </summary>
    Mark = 2,

    /// <summary>
    /// Written at the end of a segment when the next one has its name: from then on that one must not be missing.
    /// </summary>
    Seal = 3,
}
