namespace Doozer.Tree;

/// <summary>Numbers from 0 on, seven bits a byte, the lowest first; the highest bit says that more follow.</summary>
internal static class Varint
{
    /// <summary>Most bytes of one number.</summary>
    public const int MaxBytes = 9;

    /// <summary>Writes a number and tells how many bytes it took.</summary>
    public static int Write(Span<byte> span, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        return length;
    }

    /// <summary>Reads a number and goes beyond it.</summary>
    /// <returns>False when the bytes end within it, or it has more than 63 bits.</returns>
    public static bool TryRead(ReadOnlySpan<byte> span, ref int position, out long value)
    {
        value = 0;
        for (int shift = 0; shift < 63 && position < span.Length; shift += 7)
        {
            byte next = span[position++];
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return true;
        }

        return false;
    }
}
