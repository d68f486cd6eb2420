namespace Doozer.Paxos;

/// <summary>Variable-length integers (LEB128, seven bits a byte, lowest first) as every encoding here uses them.</summary>
internal static class Wire
{
    public const int MaxVarintBytes = 10;

    public static int VarintSize(ulong value)
    {
        int size = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            size++;
        }

        return size;
    }

    public static int WriteVarint(Span<byte> destination, ulong value)
    {
        int size = 0;
        while (value >= 0x80)
        {
            destination[size++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[size++] = (byte)value;
        return size;
    }

    /// <summary>How many bytes the value took; 0 when there is no valid one.</summary>
    public static int ReadVarint(ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        for (int i = 0; i < source.Length && i < MaxVarintBytes; i++)
        {
            byte part = source[i];
            if (i == MaxVarintBytes - 1 && part > 1)
                return 0;
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
                return i + 1;
        }

        return 0;
    }
}
