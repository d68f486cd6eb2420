using System.Buffers;
using System.Security.Cryptography;
using Doozer.Storage.Format;

namespace Doozer.Storage;

/// <summary>
/// Adds content to the buffer, at least this many bytes unless the end comes first; false when there is no more.
/// </summary>
internal delegate bool SnapshotContent(ArrayBufferWriter<byte> into, int atLeast);

/// <summary>A snapshot file's bytes, a piece at a time, so that neither memory nor a thread is held for long.</summary>
internal sealed class SnapshotEncoding(SnapshotHeader header, SnapshotContent content) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly byte[] _piece = ArrayPool<byte>.Shared.Rent(SnapshotFrame.HeaderSize + SnapshotFrame.ChunkBytes);
    private bool _disposed;
    private int _taken;
    private bool _more = true;

    /// <summary>Bytes put out so far; at the end the file's length.</summary>
    public long Length { get; private set; }

    /// <summary>The digest of the file, once it is put out.</summary>
    public byte[]? Digest { get; private set; }

    /// <summary>The next bytes of the file, valid until the next call; false after the last.</summary>
    public bool TryNext(out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        if (Digest is not null)
            return false;
        int size = Length == 0 ? Header() : NextChunk();
        if (size == 0)
            size = End();
        else
            _hash.AppendData(_piece, 0, size);
        Length += size;
        piece = _piece.AsMemory(0, size);
        return true;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_piece);
    }

    private int Header()
    {
        header.Write(_piece);
        return SnapshotHeader.Size;
    }

    private int NextChunk()
    {
        int left = _content.WrittenCount - _taken;
        if (left < SnapshotFrame.ChunkBytes && _more)
        {
            Compact();
            _more = content(_content, SnapshotFrame.ChunkBytes);
            left = _content.WrittenCount;
        }

        int length = Math.Min(left, SnapshotFrame.ChunkBytes);
        if (length == 0)
            return 0;
        ReadOnlySpan<byte> chunk = _content.WrittenSpan.Slice(_taken, length);
        SnapshotFrame.WriteHeader(_piece, Length, chunk, length);
        chunk.CopyTo(_piece.AsSpan(SnapshotFrame.HeaderSize));
        _taken += length;
        return SnapshotFrame.HeaderSize + length;
    }

    private void Compact()
    {
        byte[] rest = _content.WrittenSpan[_taken..].ToArray();
        _content.ResetWrittenCount();
        _content.Write(rest);
        _taken = 0;
    }

    private int End()
    {
        Digest = _hash.GetHashAndReset();
        Digest.CopyTo(_piece, SnapshotFrame.HeaderSize);
        SnapshotFrame.WriteHeader(_piece, Length, Digest, 0);
        return SnapshotFrame.EndSize;
    }
}
