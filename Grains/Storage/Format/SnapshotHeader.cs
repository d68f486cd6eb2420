using System.Buffers.Binary;
using System.Text;

namespace Doozer.Storage.Format;

/// <summary>
/// The first 128 bytes of a snapshot file: what it is a snapshot of. Replicas write the same for the same state.
/// </summary>
/// <param name="Group">Whose state it is.</param>
/// <param name="Slot">The last slot that is in it.</param>
/// <param name="Revision">The newest revision in it.</param>
/// <param name="Version">The format of its content.</param>
internal readonly record struct SnapshotHeader(
    string Group, long Slot, long Revision, uint Version = SnapshotHeader.FirstVersion)
{
    public const int Size = 128;
    public const uint FirstVersion = 1;

    /// <summary>The content begins with the quorums that are in force after the slot.</summary>
    public const uint VersionWithConfigurations = 2;

    // To the end of the header.
    public const int MaxGroupBytes = Size - GroupAt;
    private const int ChecksumAt = 12;
    private const int GroupAt = 48;

    private static ReadOnlySpan<byte> Magic => "DOOZERSN"u8;

    public void Write(Span<byte> target)
    {
        target = target[..Size];
        target.Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Slot);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Revision);
        target[32] = checked((byte)Encoding.UTF8.GetBytes(Group, target.Slice(GroupAt, MaxGroupBytes)));
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Checksum(target));
    }

    /// <summary>The header, or in <paramref name="fault"/> what is wrong with it.</summary>
    public static SnapshotHeader Read(ReadOnlySpan<byte> source, out string? fault)
    {
        source = source[..Size];
        fault = null;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        if (!source.StartsWith(Magic))
            fault = "the file is not a Doozer snapshot";
        else if (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Checksum(source))
            fault = "the header does not match its checksum";
        else if (version is < FirstVersion or > VersionWithConfigurations)
            fault = $"the file has format version {version}, and this program reads 1 to {VersionWithConfigurations}";
        else if (source[32] > MaxGroupBytes)
            fault = "the header names an impossible namespace";

        return new SnapshotHeader(
            fault is null ? Encoding.UTF8.GetString(source.Slice(GroupAt, source[32])) : "",
            BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            version);
    }

    private static uint Checksum(ReadOnlySpan<byte> header) =>
        ~Crc32C.Update(Crc32C.Update(Crc32C.Seed, header[..ChecksumAt]), header[(ChecksumAt + sizeof(uint))..]);
}
