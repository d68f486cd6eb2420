using System.Buffers.Binary;
using System.Numerics;

namespace Doozer.Storage;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    public const uint Seed = 0xFFFFFFFF;

    public static uint Compute(ReadOnlySpan<byte> bytes) => ~Update(Seed, bytes);

    /// <summary>Carries a running checksum on; it starts at <see cref="Seed"/> and is inverted at the end.</summary>
    public static uint Update(uint running, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            running = BitOperations.Crc32C(running, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
            running = BitOperations.Crc32C(running, b);
        return running;
    }
}
