using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>
/// A disk in memory that keeps apart what was written and what was flushed. A crash leaves, of everything unflushed, any
/// sectors, torn ones too, and any beginning of the changes to names.
/// </summary>
internal sealed class SimulatedDisk(int seed = 1) : IStorageDevice
{
    private const int SectorBytes = 512;
    private readonly Random _salts = new(seed);
    private readonly Dictionary<string, Content> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Content> _durableNames = new(StringComparer.Ordinal);
    private readonly List<Action<Dictionary<string, Content>>> _nameChanges = [];

    /// <summary>Is called before each operation with its name; what it throws is the operation's failure.</summary>
    public Action<string> Before { get; set; } = static _ => { };

    public int Flushes { get; private set; }

    public IEnumerable<string> Paths => _names.Keys.Order(StringComparer.Ordinal);

    /// <summary>The bytes of a file as the log would read them now; changing them is damage.</summary>
    public byte[] this[string path] => _names[path].Current;

    public SimulatedDisk Copy()
    {
        var copy = new SimulatedDisk();
        foreach ((string? path, Content? content) in _names)
            copy.Put(path, content.Current);
        return copy;
    }

    public void Put(string path, byte[] bytes) =>
        _names[path] = _durableNames[path] = new Content { Current = [.. bytes], Durable = [.. bytes] };

    public void Remove(string path)
    {
        _names.Remove(path);
        _durableNames.Remove(path);
    }

    public void Crash(Random random)
    {
        int survivors = random.Next(_nameChanges.Count + 1);
        foreach (Action<Dictionary<string, Content>>? change in _nameChanges.Take(survivors))
            change(_durableNames);
        _nameChanges.Clear();
        _names.Clear();
        foreach ((string? path, Content? content) in _durableNames)
        {
            foreach (int sector in content.Unflushed)
                content.Keep(sector, random);

            _names[path] = new Content { Current = [.. content.Durable], Durable = content.Durable };
        }

        _durableNames.Clear();
        foreach ((string? path, Content? content) in _names)
            _durableNames[path] = content;
    }

    /// <summary>
    /// What a failed flush leaves: any of the sectors are on the disk, and the system takes all for written, so that a later
    /// flush does not try again what is not.
    /// </summary>
    public void LoseFlush(Random random)
    {
        foreach (Content content in _names.Values)
        {
            foreach (int sector in content.Unflushed)
                content.Keep(sector, random);
            content.Unflushed.Clear();
        }
    }

    public void CreateDirectory(string directory) => Before("mkdir");

    public IReadOnlyList<string> List(string directory) =>
        [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(path => Path.GetFileName(path))];

    public ILogFile Open(string path) => new Handle(this, _names[path]);

    public ILogFile OpenRead(string path) => Open(path);

    public ILogFile Create(string path, long length)
    {
        Before("create");
        var content = new Content { Current = new byte[length], Durable = new byte[length] };
        Change(names => names[path] = content);
        return new Handle(this, content);
    }

    public void Rename(string from, string to)
    {
        Before("rename");
        Content content = _names[from];
        Change(names =>
        {
            names.Remove(from);
            names[to] = content;
        });
    }

    public void Replace(string from, string to) => Rename(from, to);

    public void Delete(string path)
    {
        Before("delete");
        Change(names => names.Remove(path));
    }

    public void FlushDirectory(string directory)
    {
        Before("flush directory");
        foreach (Action<Dictionary<string, Content>> change in _nameChanges)
            change(_durableNames);
        _nameChanges.Clear();
    }

    public ulong NewSalt() => (ulong)_salts.NextInt64();

    private void Change(Action<Dictionary<string, Content>> change)
    {
        change(_names);
        _nameChanges.Add(change);
    }

    private sealed class Content
    {
        public required byte[] Current { get; set; }

        public required byte[] Durable { get; set; }

        public SortedSet<int> Unflushed { get; } = [];

        public void Grow(long length)
        {
            if (Current.Length < length)
                Current = [.. Current, .. new byte[length - Current.Length]];
        }

        /// <summary>Brings the whole sector to the disk.</summary>
        public void Keep(int sector) => Keep(sector, Sector(Current, sector).Length);

        /// <summary>Brings the sector to the disk wholly, in part or not at all.</summary>
        public void Keep(int sector, Random random)
        {
            int length = Sector(Current, sector).Length;
            Keep(sector, random.Next(3) switch
            {
                0 => 0,
                1 => length,
                _ => random.Next(length),
            });
        }

        private void Keep(int sector, int bytes)
        {
            if (bytes == 0)
                return;
            int length = (sector * SectorBytes) + bytes;
            if (Durable.Length < length)
                Durable = [.. Durable, .. new byte[length - Durable.Length]];
            Sector(Current, sector)[..bytes].CopyTo(Sector(Durable, sector));
        }

        private static Span<byte> Sector(byte[] bytes, int sector) =>
            bytes.AsSpan(sector * SectorBytes, Math.Min(SectorBytes, bytes.Length - sector * SectorBytes));
    }

    private sealed class Handle(SimulatedDisk disk, Content content) : ILogFile
    {
        public long Length => content.Current.Length;

        public void Read(Span<byte> buffer, long offset) => content.Current.AsSpan((int)offset, buffer.Length).CopyTo(buffer);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            content.Grow(offset + bytes.Length);
            bytes.CopyTo(content.Current.AsSpan((int)offset, bytes.Length));
            for (int sector = (int)offset / SectorBytes; sector * SectorBytes < offset + bytes.Length; sector++)
                content.Unflushed.Add(sector);

            // After the bytes: a crash in the middle of a write leaves some of them.
            disk.Before("write");
        }

        public void Flush()
        {
            disk.Before("flush");
            disk.Flushes++;
            foreach (int sector in content.Unflushed)
                content.Keep(sector);
            content.Unflushed.Clear();
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
