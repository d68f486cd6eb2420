using System.Buffers.Binary;
using System.Globalization;

namespace Doozer.Storage.Format;

/// <summary>
/// The first 64 bytes of a segment file. It is durable before the file gets its name, so a named segment with a bad
/// header is damage and never a crash's trace.
/// </summary>
/// <param name="Sequence">The segment's number; they count from 1 without a gap.</param>
/// <param name="Length">The file's size in bytes; it never changes, so another size is damage too.</param>
/// <param name="Salt">
/// Random. It goes into every record's checksum, so that neither a recycled block nor a payload that holds a piece of some
/// log can pass for a record of this segment.
/// </param>
/// <param name="PreviousSalt">The salt of the segment before: a segment from another log does not fit into this one.</param>
/// <param name="PreviousEnd">
/// Where the records of the segment before end: losing some of its last ones is noticed too. 0 in the first segment.
/// </param>
internal readonly record struct SegmentHeader(long Sequence, long Length, ulong Salt, ulong PreviousSalt, long PreviousEnd)
{
    public const int Size = 64;
    public const long FirstSequence = 1;
    public const string Extension = ".log";
    private const int NameDigits = 16;
    private const uint Version = 1;
    private const int ChecksumAt = 12;

    private static ReadOnlySpan<byte> Magic => "DOOZERWL"u8;

    public string FileName => NameOf(Sequence);

    public static string NameOf(long sequence) => sequence.ToString("D16", CultureInfo.InvariantCulture) + Extension;

    /// <summary>Whether the name is one that <see cref="NameOf"/> gives.</summary>
    public static bool TryParseName(string name, out long sequence)
    {
        sequence = 0;
        return name.Length == NameDigits + Extension.Length
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, NameDigits), NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        target.Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], PreviousSalt);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], PreviousEnd);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Checksum(target));
    }

    /// <summary>The header, or in <paramref name="fault"/> what is wrong with it.</summary>
    public static SegmentHeader Read(ReadOnlySpan<byte> source, out string? fault)
    {
        source = source[..Size];
        fault = null;
        if (!source.StartsWith(Magic))
            fault = "the segment header is not one of a Doozer log";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Checksum(source))
            fault = "the segment header does not match its checksum";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) is var version && version != Version)
            fault = $"the segment has format version {version}, and this program reads version {Version} only";

        return new SegmentHeader(
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[48..]));
    }

    private static uint Checksum(ReadOnlySpan<byte> header) =>
        ~Crc32C.Update(Crc32C.Update(Crc32C.Seed, header[..ChecksumAt]), header[(ChecksumAt + sizeof(uint))..]);
}
