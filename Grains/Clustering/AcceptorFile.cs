using System.Buffers.Binary;
using Doozer.Storage;

namespace Doozer.Clustering;

/// <summary>
/// The file that keeps one record, always the last: two copies of it, written and flushed one after the other. A crash in the
/// middle of the first write leaves the old record in the second copy; one in the middle of the second leaves the new one in
/// the first. As both are made equal before anyone hears of the record, one damaged copy loses nothing that was ever told. The
/// file's size never changes.
/// </summary>
internal sealed class AcceptorFile : IDisposable
{
    public const string Name = "register";
    public const int CopyBytes = 256 << 10;
    public const int MaxRecordBytes = CopyBytes - HeaderBytes;
    private const int Copies = 2;
    private const int HeaderBytes = 24;
    private const ulong Magic = 0x3130_4745_525A_4F44; // "DOZREG01"

    private readonly ILogFile _file;
    private readonly string _path;
    private readonly byte[] _buffer = new byte[CopyBytes];
    private long _sequence;

    private AcceptorFile(ILogFile file, string path)
    {
        _file = file;
        _path = path;
    }

    /// <summary>What the file held when it was opened.</summary>
    public byte[] Record { get; private set; } = [];

    /// <summary>The number of the last record: they are counted. Rises for ever, also over restarts.</summary>
    public long Sequence => _sequence;

    /// <summary>Whether one of the copies was damaged or old and has been made anew.</summary>
    public bool WasRepaired { get; private set; }

    /// <summary>Makes the file, in place of any other, with a first record.</summary>
    /// <param name="device">The disk.</param>
    /// <param name="directory">Where.</param>
    /// <param name="record">The record.</param>
    /// <param name="number">The number of that record.</param>
    public static AcceptorFile Create(IStorageDevice device, string directory, ReadOnlySpan<byte> record, long number = 1)
    {
        string path = Path.Combine(directory, Name);
        string temporary = path + ".new";
        foreach (string name in device.List(directory))
        {
            if (name is Name or Name + ".new")
                device.Delete(Path.Combine(directory, name));
        }

        var file = new AcceptorFile(device.Create(temporary, Copies * CopyBytes), path) { _sequence = number - 1 };
        try
        {
            file.Write(record);
            device.Rename(temporary, path);
            device.FlushDirectory(directory);
            file.Record = record.ToArray();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="StorageException">The file is missing or both its copies are damaged.</exception>
    public static AcceptorFile Open(IStorageDevice device, string directory)
    {
        string path = Path.Combine(directory, Name);
        if (!device.List(directory).Contains(Name))
            throw Lost(path, "is missing");
        var file = new AcceptorFile(device.Open(path), path);
        try
        {
            // The process that made it may have died before its name was durable.
            device.FlushDirectory(directory);
            file.Recover();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Returns when the record is durable. After a failure the file must not be written to any more.</summary>
    public void Write(ReadOnlySpan<byte> record)
    {
        if (record.Length > MaxRecordBytes)
        {
            throw new StorageException(
                StorageError.TooLarge,
                $"A record of {record.Length} bytes does not fit into '{_path}', which takes {MaxRecordBytes}.");
        }

        Render(record, ++_sequence);
        for (int copy = 0; copy < Copies; copy++)
            WriteCopy(copy, HeaderBytes + record.Length);
    }

    public void Dispose() => _file.Dispose();

    private void Recover()
    {
        if (_file.Length != Copies * CopyBytes)
            throw Lost(_path, $"has {_file.Length} bytes instead of {Copies * CopyBytes}");
        byte[]? newest = null;
        bool differ = false;
        for (int copy = 0; copy < Copies; copy++)
        {
            byte[]? record = ReadCopy(copy, out long sequence);
            differ |= record is null || (copy > 0 && sequence != _sequence);
            if (record is null || sequence < _sequence)
                continue;
            _sequence = sequence;
            newest = record;
        }

        Record = newest ?? throw Lost(_path, "is damaged in both its copies");
        if (!differ)
            return;
        WasRepaired = true;
        Render(Record, _sequence);

        // The copies are equal again before anything is told from them; else the next damage could bring an older record back.
        for (int copy = 0; copy < Copies; copy++)
            WriteCopy(copy, HeaderBytes + Record.Length);
    }

    private byte[]? ReadCopy(int copy, out long sequence)
    {
        _file.Read(_buffer, (long)copy * CopyBytes);
        sequence = BinaryPrimitives.ReadInt64LittleEndian(_buffer.AsSpan(8));
        int length = BinaryPrimitives.ReadInt32LittleEndian(_buffer.AsSpan(16));
        if (BinaryPrimitives.ReadUInt64LittleEndian(_buffer) != Magic || length is < 0 or > MaxRecordBytes)
            return null;
        return BinaryPrimitives.ReadUInt32LittleEndian(_buffer.AsSpan(20)) == Checksum(length)
            ? _buffer.AsSpan(HeaderBytes, length).ToArray()
            : null;
    }

    private void Render(ReadOnlySpan<byte> record, long sequence)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer, Magic);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(8), sequence);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(16), record.Length);
        record.CopyTo(_buffer.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(20), Checksum(record.Length));
    }

    private uint Checksum(int length)
    {
        uint header = Crc32C.Update(Crc32C.Seed, _buffer.AsSpan(0, 20));
        return ~Crc32C.Update(header, _buffer.AsSpan(HeaderBytes, length));
    }

    private void WriteCopy(int copy, int bytes)
    {
        _file.Write(_buffer.AsSpan(0, bytes), (long)copy * CopyBytes);
        _file.Flush();
    }

    private static StorageException Lost(string path, string what) => new(
        StorageError.Damaged,
        $"The clustering file '{path}' {what}; this peer must not take part without what it has promised, so stop all peers, " +
        "delete the clustering folder of each and start them again: the table only lists running silos and is built anew.");
}
