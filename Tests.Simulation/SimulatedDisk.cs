using Doozer.Storage;

namespace Doozer.Simulation;

/// <summary>What a disk, or who uses it, does wrong on purpose.</summary>
internal enum DiskBug
{
    None = 0,

    /// <summary>Flushes of the log's segments do nothing.</summary>
    LogIsNotFlushed,

    /// <summary>The snapshots' directory is not flushed.</summary>
    SnapshotNamesAreNotFlushed,

    /// <summary>Zeros are not written into segments: what a torn write left stays.</summary>
    TornTailIsNotZeroed,

    /// <summary>What a segment is read to hold is not written into it again.</summary>
    KnownBytesAreNotWritten,
}

/// <summary>
/// A disk in memory that keeps apart what was written and what was flushed. A crash leaves, of everything unflushed, any
/// sectors, torn ones too, and in each directory any beginning of the changes to its names.
/// </summary>
/// <param name="seed">What salts and damage are drawn from.</param>
/// <param name="sectorBytes">What a crash keeps or loses of a file is decided sector by sector.</param>
internal sealed class SimulatedDisk(int seed = 1, int sectorBytes = 512) : IStorageDevice
{
    public const string FlushOperation = "flush";
    private readonly Random _salts = new(seed);
    private readonly Dictionary<string, Content> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Content> _durableNames = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<Action<Dictionary<string, Content>>>> _nameChanges = new(
        StringComparer.Ordinal);

    /// <summary>Is called before each operation with its name; what it throws is the operation's failure.</summary>
    public Action<string> Before { get; set; } = static _ => { };

    public int Flushes { get; private set; }

    public DiskBug Bug { get; set; }

    public IEnumerable<string> Paths => _names.Keys.Order(StringComparer.Ordinal);

    /// <summary>The bytes of a file as the log would read them now; changing them is damage.</summary>
    public byte[] this[string path] => _names[path].Current;

    /// <summary>What a crash leaves of a file at least.</summary>
    public byte[] Durable(string path) => _names[path].Durable;

    public SimulatedDisk Copy()
    {
        var copy = new SimulatedDisk();
        foreach ((string? path, Content? content) in _names)
            copy.Put(path, content.Current);
        return copy;
    }

    public void Put(string path, byte[] bytes) =>
        _names[path] = _durableNames[path] = new Content(sectorBytes) { Current = [.. bytes], Durable = [.. bytes] };

    public void Remove(string path)
    {
        _names.Remove(path);
        _durableNames.Remove(path);
    }

    public void Crash(Random random)
    {
        foreach (List<Action<Dictionary<string, Content>>> changes in _nameChanges.Values)
        {
            int survivors = random.Next(changes.Count + 1);
            foreach (Action<Dictionary<string, Content>> change in changes.Take(survivors))
                change(_durableNames);
        }

        _nameChanges.Clear();
        _names.Clear();
        foreach ((string? path, Content? content) in _durableNames)
        {
            foreach (int sector in content.Unflushed)
                content.Keep(sector, random);

            _names[path] = new Content(sectorBytes) { Current = [.. content.Durable], Durable = content.Durable };
        }

        _durableNames.Clear();
        foreach ((string? path, Content? content) in _names)
            _durableNames[path] = content;
    }

    public void CreateDirectory(string directory) => Before("mkdir");

    public IReadOnlyList<string> List(string directory) =>
        [.. _names.Keys.Where(path => Path.GetDirectoryName(path) == directory).Select(path => Path.GetFileName(path))];

    public ILogFile Open(string path) => new Handle(this, _names[path], IsSegment(path));

    public ILogFile OpenRead(string path) => Open(path);

    public ILogFile Create(string path, long length)
    {
        Before("create");
        var content = new Content(sectorBytes) { Current = new byte[length], Durable = new byte[length] };
        Change(path, names => names[path] = content);
        return new Handle(this, content, IsSegment(path));
    }

    public void Rename(string from, string to)
    {
        Before("rename");
        Content content = _names[from];
        Change(to, names =>
        {
            names.Remove(from);
            names[to] = content;
        });
    }

    public void Replace(string from, string to) => Rename(from, to);

    public void Delete(string path)
    {
        Before("delete");
        Change(path, names => names.Remove(path));
    }

    public void FlushDirectory(string directory)
    {
        Before("flush directory");
        if (Bug == DiskBug.SnapshotNamesAreNotFlushed && directory.EndsWith("snapshots", StringComparison.Ordinal))
            return;
        if (!_nameChanges.Remove(directory, out List<Action<Dictionary<string, Content>>>? changes))
            return;
        foreach (Action<Dictionary<string, Content>> change in changes)
            change(_durableNames);
    }

    public ulong NewSalt() => (ulong)_salts.NextInt64();

    private static bool IsSegment(string path) => Path.GetDirectoryName(path)!.EndsWith("log", StringComparison.Ordinal);

    private void Change(string path, Action<Dictionary<string, Content>> change)
    {
        change(_names);
        string directory = Path.GetDirectoryName(path)!;
        if (!_nameChanges.TryGetValue(directory, out List<Action<Dictionary<string, Content>>>? changes))
            _nameChanges.Add(directory, changes = []);
        changes.Add(change);
    }

    private sealed class Content(int sectorBytes)
    {
        public required byte[] Current { get; set; }

        public required byte[] Durable { get; set; }

        public SortedSet<int> Unflushed { get; } = [];

        public void Grow(long length)
        {
            if (Current.Length < length)
                Current = [.. Current, .. new byte[length - Current.Length]];
        }

        /// <summary>Notes that these bytes are not on the disk.</summary>
        public void Touch(long offset, int count)
        {
            for (int sector = (int)offset / sectorBytes; sector * sectorBytes < offset + count; sector++)
                Unflushed.Add(sector);
        }

        /// <summary>Brings the whole sector to the disk.</summary>
        public void Keep(int sector) => Keep(sector, Sector(Current, sector).Length);

        /// <summary>Brings the sector to the disk wholly, in part or not at all.</summary>
        public void Keep(int sector, Random random)
        {
            int length = Sector(Current, sector).Length;
            Keep(sector, random.Next(5) switch
            {
                0 => 0,
                1 => random.Next(length),
                _ => length,
            });
        }

        private void Keep(int sector, int bytes)
        {
            if (bytes == 0)
                return;
            int length = (sector * sectorBytes) + bytes;
            if (Durable.Length < length)
                Durable = [.. Durable, .. new byte[length - Durable.Length]];
            Sector(Current, sector)[..bytes].CopyTo(Sector(Durable, sector));
        }

        private Span<byte> Sector(byte[] bytes, int sector) =>
            bytes.AsSpan(sector * sectorBytes, Math.Min(sectorBytes, bytes.Length - sector * sectorBytes));
    }

    private sealed class Handle(SimulatedDisk disk, Content content, bool isSegment) : ILogFile
    {
        public long Length => content.Current.Length;

        public void Read(Span<byte> buffer, long offset) => content.Current.AsSpan((int)offset, buffer.Length).CopyTo(buffer);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (isSegment && disk.Bug == DiskBug.TornTailIsNotZeroed && !bytes.ContainsAnyExcept((byte)0))
                return;
            if (isSegment && disk.Bug == DiskBug.KnownBytesAreNotWritten && Holds(bytes, offset))
                return;
            content.Grow(offset + bytes.Length);
            bytes.CopyTo(content.Current.AsSpan((int)offset, bytes.Length));
            content.Touch(offset, bytes.Length);

            // After the bytes: a crash in the middle of a write leaves some of them.
            disk.Before("write");
        }

        private bool Holds(ReadOnlySpan<byte> bytes, long offset) =>
            offset + bytes.Length <= Length && content.Current.AsSpan((int)offset, bytes.Length).SequenceEqual(bytes);

        public void Flush()
        {
            BeforeFlush();
            disk.Flushes++;
            if (isSegment && disk.Bug == DiskBug.LogIsNotFlushed)
                return;
            foreach (int sector in content.Unflushed)
                content.Keep(sector);
            content.Unflushed.Clear();
        }

        /// <summary>
        /// What a failed flush leaves: any of the file's sectors are on the disk, and the system takes all for written, so that a
        /// later flush does not try again what is not.
        /// </summary>
        private void BeforeFlush()
        {
            try
            {
                disk.Before(FlushOperation);
            }
            catch (IOException failure) when (failure is not PowerLossException)
            {
                foreach (int sector in content.Unflushed)
                    content.Keep(sector, disk._salts);
                content.Unflushed.Clear();
                throw;
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
