using System.Buffers.Binary;
using System.Text;

namespace Orleans.Serialization;

/// <summary>Reads one message. Anything that does not fit in what is left throws <see cref="InvalidDataException"/>.</summary>
internal sealed class Reader
{
    private byte[] _buffer = [];
    private int _position;
    private int _end;

    public int Remaining => _end - _position;

    public void Reset(byte[] buffer, int start, int length)
    {
        _buffer = buffer;
        _position = start;
        _end = start + length;
    }

    public byte ReadByte()
    {
        if (_position >= _end)
        {
            throw Short();
        }

        return _buffer[_position++];
    }

    public ulong ReadVarint()
    {
        var result = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = ReadByte();
            result |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return result;
            }
        }

        throw new InvalidDataException("A number in a message is longer than ten bytes.");
    }

    public long ReadZigZag()
    {
        var value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(ReadSpan(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(ReadSpan(8));

    public ReadOnlySpan<byte> ReadSpan(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            throw Short();
        }

        var span = _buffer.AsSpan(_position, count);
        _position += count;
        return span;
    }

    public ReadOnlySpan<byte> ReadBytes() => ReadSpan(ReadCount());

    public ReadOnlySpan<byte> ReadRest() => ReadSpan(Remaining);

    /// <summary>A number of things that each take at least a byte, so that a false one cannot make us allocate without bound.</summary>
    public int ReadCount()
    {
        var count = ReadVarint();
        return count <= (ulong)Remaining ? (int)count : throw Short();
    }

    public string? ReadString()
    {
        var length = ReadVarint();
        if (length == 0)
        {
            return null;
        }

        return length - 1 <= (ulong)Remaining ? Encoding.UTF8.GetString(ReadSpan((int)length - 1)) : throw Short();
    }

    /// <summary>Enters a part that was written with its length; returns where it ends.</summary>
    public int BeginPart()
    {
        var length = ReadUInt32();
        return length <= (uint)Remaining ? _position + (int)length : throw Short();
    }

    /// <summary>Leaves the part, skipping what was not read.</summary>
    public void EndPart(int end)
        => _position = end >= _position ? end : throw Short();

    private static InvalidDataException Short() => new("A message ends before its content does.");
}
