using System.Buffers;
using System.Security.Cryptography;
using Doozer.Storage.Format;

namespace Doozer.Storage;

/// <summary>
/// A snapshot file's content as a stream. Every chunk is checked before any of it is given out, and the whole before the end of
/// the stream is told, so that who has read to the end has read what was written. Damage is a <see cref="StorageException"/>.
/// </summary>
internal sealed class SnapshotReader : Stream
{
    private readonly ILogFile _file;
    private readonly string _path;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _chunk = ArrayPool<byte>.Shared.Rent(SnapshotFrame.HeaderSize + SnapshotFrame.ChunkBytes);
    private bool _disposed;
    private long _offset;
    private int _at;
    private int _end;

    /// <summary>Takes the file, which it closes with itself, and reads its header.</summary>
    public SnapshotReader(ILogFile file, string path)
    {
        _file = file;
        _path = path;
        if (file.Length < SnapshotHeader.Size + SnapshotFrame.EndSize)
            throw Damaged(file.Length, "the file is too short");
        Span<byte> header = _chunk.AsSpan(0, SnapshotHeader.Size);
        file.Read(header, 0);
        Header = SnapshotHeader.Read(header, out string? fault);
        if (fault is not null)
            throw Damaged(0, fault);
        _hash.AppendData(header);
        _offset = SnapshotHeader.Size;
    }

    public SnapshotHeader Header { get; }

    /// <summary>The digest, once the end was reached.</summary>
    public byte[]? Digest { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _offset - _end + _at;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _end && !NextChunk())
            return 0;
        int count = Math.Min(buffer.Length, _end - _at);
        _chunk.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        if (_at == _end && !NextChunk())
            return -1;
        return _chunk[_at++];
    }

    public StorageException Damaged(long offset, string what) => StorageException.DamagedSnapshot(_path, offset, what);

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (_disposed)
            return;
        _disposed = true;
        _hash.Dispose();
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_chunk);
        base.Dispose(disposing);
    }

    private bool NextChunk()
    {
        if (Digest is not null)
            return false;
        long left = _file.Length - _offset;
        if (left < SnapshotFrame.EndSize)
            throw Damaged(_offset, "the file ends early");
        Span<byte> frame = _chunk.AsSpan(0, SnapshotFrame.HeaderSize);
        _file.Read(frame, _offset);
        int length = SnapshotFrame.LengthOf(frame);
        if (length == 0)
            return End(left);
        if (length is < 0 or > SnapshotFrame.ChunkBytes || length > left - SnapshotFrame.HeaderSize - SnapshotFrame.EndSize)
            throw Damaged(_offset, "a chunk has an impossible length");
        Span<byte> content = _chunk.AsSpan(SnapshotFrame.HeaderSize, length);
        _file.Read(content, _offset + SnapshotFrame.HeaderSize);
        if (!SnapshotFrame.Matches(frame, _offset, content))
            throw Damaged(_offset, "a chunk does not match its checksum");
        _hash.AppendData(_chunk, 0, SnapshotFrame.HeaderSize + length);
        (_at, _end) = (SnapshotFrame.HeaderSize, SnapshotFrame.HeaderSize + length);
        _offset += _end;
        return true;
    }

    private bool End(long left)
    {
        Span<byte> end = _chunk.AsSpan(0, SnapshotFrame.EndSize);
        _file.Read(end, _offset);
        Span<byte> digest = end[SnapshotFrame.HeaderSize..];
        if (!SnapshotFrame.Matches(end, _offset, digest))
            throw Damaged(_offset, "the end mark does not match its checksum");
        if (left > SnapshotFrame.EndSize)
            throw Damaged(_offset + SnapshotFrame.EndSize, "bytes follow the end");
        byte[] found = _hash.GetHashAndReset();
        if (!digest.SequenceEqual(found))
            throw Damaged(_offset, "the file does not match its digest");
        Digest = found;
        (_at, _end) = (0, 0);
        return false;
    }
}
