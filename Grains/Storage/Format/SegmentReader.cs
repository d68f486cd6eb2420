namespace Doozer.Storage.Format;

/// <summary>Reads a segment through a window that grows only for a record larger than it.</summary>
internal sealed class SegmentReader(ILogFile file, long length)
{
    private byte[] _window = new byte[(int)Math.Min(length, 1 << 20)];
    private long _start;
    private int _filled;

    public long Length => length;

    /// <summary>The bytes at the offset, valid until the next call; fewer only where the segment ends.</summary>
    public ReadOnlySpan<byte> Peek(long offset, int count)
    {
        count = (int)Math.Min(count, length - offset);
        if (offset < _start || offset + count > _start + _filled)
            Fill(offset, count);
        return _window.AsSpan((int)(offset - _start), count);
    }

    /// <summary>The offset of the first, and the one after the last, byte at or after the offset that is not zero.</summary>
    public (long First, long End)? FindNonZero(long offset)
    {
        (long First, long End)? found = null;
        while (offset < length)
        {
            ReadOnlySpan<byte> piece = Peek(offset, 1 << 20);
            int first = piece.IndexOfAnyExcept((byte)0);
            if (first >= 0)
                found = (found?.First ?? offset + first, offset + piece.LastIndexOfAnyExcept((byte)0) + 1);
            offset += piece.Length;
        }

        return found;
    }

    private void Fill(long offset, int count)
    {
        if (_window.Length < count)
            _window = new byte[count];
        _start = offset;
        _filled = 0;
        int available = (int)Math.Min(_window.Length, length - offset);
        file.Read(_window.AsSpan(0, available), offset);
        _filled = available;
    }
}
