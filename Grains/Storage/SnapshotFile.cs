namespace Doozer.Storage;

/// <summary>A file that is being written and not a snapshot yet. Disposing of it before it is kept deletes it.</summary>
internal sealed class SnapshotFile : IDisposable
{
    // So that a log on the same disk never waits behind a whole snapshot.
    private const int FlushBytes = 4 << 20;
    private readonly IStorageDevice _device;
    private readonly string _path;
    private readonly ILogFile _file;
    private long _unflushed;
    private bool _ended;

    public SnapshotFile(IStorageDevice device, string path)
    {
        _device = device;
        _path = path;
        _file = device.Create(path, 0);
    }

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes, Length);
        Length += bytes.Length;
        _unflushed += bytes.Length;
        if (_unflushed >= FlushBytes)
            Flush();
    }

    public void Flush()
    {
        _file.Flush();
        _unflushed = 0;
    }

    /// <summary>Reads what was written.</summary>
    public SnapshotReader Read() => new(_device.OpenRead(_path), _path);

    public void Discard() => Dispose();

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _file.Dispose();
        _device.Delete(_path);
    }

    /// <summary>Gives the file its name; that it has it is durable only once its directory is flushed.</summary>
    internal void Keep(string path)
    {
        Flush();
        _file.Dispose();
        _device.Replace(_path, path);
        _ended = true;
    }
}
