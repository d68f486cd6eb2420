using System.Buffers.Binary;
using System.Numerics;

namespace Doozer.Storage.Format;

/// <summary>
/// The 8 bytes before every chunk of a snapshot's content: its length and a checksum over its place and its bytes, so that
/// neither a changed nor a misplaced chunk passes. A chunk of length 0 stands before the digest of all that precedes it.
/// </summary>
internal static class SnapshotFrame
{
    public const int HeaderSize = 8;

    /// <summary>Every chunk but the last has this length, so that equal states make equal files.</summary>
    public const int ChunkBytes = 256 << 10;

    /// <summary>Bytes of the digest (SHA-256).</summary>
    public const int DigestSize = 32;

    /// <summary>Bytes of the end mark with its digest.</summary>
    public const int EndSize = HeaderSize + DigestSize;

    public static void WriteHeader(Span<byte> target, long offset, ReadOnlySpan<byte> content, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Checksum(offset, length, content));
    }

    public static int LengthOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt32LittleEndian(header);

    public static bool Matches(ReadOnlySpan<byte> header, long offset, ReadOnlySpan<byte> content) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) == Checksum(offset, LengthOf(header), content);

    private static uint Checksum(long offset, int length, ReadOnlySpan<byte> content)
    {
        uint crc = BitOperations.Crc32C(Crc32C.Seed, (ulong)offset);
        crc = BitOperations.Crc32C(crc, (uint)length);
        return ~Crc32C.Update(crc, content);
    }
}
