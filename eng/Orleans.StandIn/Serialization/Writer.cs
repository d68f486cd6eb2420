using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Orleans.Serialization;

/// <summary>Builds one frame in a pooled buffer: four bytes of length, then the message. Each thread keeps one writer for reuse.</summary>
internal sealed class Writer
{
    public const int LengthBytes = 4;
    private const int KeptBytes = 1 << 20;

    [ThreadStatic]
    private static Writer? _spare;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _position;

    public int Position => _position;

    public static Writer Rent()
    {
        var writer = _spare ?? new Writer();
        _spare = null;
        writer._position = LengthBytes;
        return writer;
    }

    public void Return()
    {
        if (_buffer.Length > KeptBytes)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(4096);
        }

        _spare = this;
    }

    /// <summary>The frame, with its length filled in.</summary>
    public ReadOnlySpan<byte> Complete()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer, _position - LengthBytes);
        return _buffer.AsSpan(0, _position);
    }

    /// <summary>What has been written after the length.</summary>
    public ReadOnlySpan<byte> Written() => _buffer.AsSpan(LengthBytes, _position - LengthBytes);

    public void WriteByte(byte value)
    {
        Reserve(1);
        _buffer[_position++] = value;
    }

    public void WriteVarint(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _buffer[_position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _buffer[_position++] = (byte)value;
    }

    public void WriteZigZag(long value) => WriteVarint((ulong)((value << 1) ^ (value >> 63)));

    public void WriteUInt32(uint value)
    {
        Reserve(4);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(_position), value);
        _position += 4;
    }

    public void WriteUInt64(ulong value)
    {
        Reserve(8);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.AsSpan(_position), value);
        _position += 8;
    }

    public void WriteRaw(ReadOnlySpan<byte> data)
    {
        Reserve(data.Length);
        data.CopyTo(_buffer.AsSpan(_position));
        _position += data.Length;
    }

    /// <summary>Room for bytes that the caller fills.</summary>
    public Span<byte> WriteSpan(int count)
    {
        Reserve(count);
        var span = _buffer.AsSpan(_position, count);
        _position += count;
        return span;
    }

    public void WriteBytes(ReadOnlySpan<byte> data)
    {
        WriteVarint((ulong)data.Length);
        WriteRaw(data);
    }

    /// <summary>Zero for null; otherwise the length in bytes plus one, and UTF-8.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteByte(0);
            return;
        }

        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (most < 127)
        {
            Reserve(most + 1);
            var written = Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_position + 1));
            _buffer[_position] = (byte)(written + 1);
            _position += written + 1;
            return;
        }

        var length = Encoding.UTF8.GetByteCount(value);
        WriteVarint((ulong)length + 1);
        Encoding.UTF8.GetBytes(value, WriteSpan(length));
    }

    /// <summary>Starts a part whose length is only known at its end.</summary>
    public int BeginPart()
    {
        WriteUInt32(0);
        return _position;
    }

    public void EndPart(int start)
        => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(start - 4), _position - start);

    public void Truncate(int position) => _position = position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int count)
    {
        if (_buffer.Length - _position < count)
        {
            Grow(count);
        }
    }

    private void Grow(int count)
    {
        var wanted = (int)Math.Min(Math.Max((long)_position + count, _buffer.Length * 2L), Array.MaxLength);
        var larger = ArrayPool<byte>.Shared.Rent(wanted);
        _buffer.AsSpan(0, _position).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
