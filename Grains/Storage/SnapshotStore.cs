namespace Doozer.Storage;

/// <summary>
/// A data directory's snapshot files and the manifest that says which of them count. A file counts from the moment on that a
/// manifest naming it is durable, and only then is what it stands for deleted; a crash at any point leaves the old or the new.
/// Safe for any thread.
/// </summary>
internal sealed class SnapshotStore
{
    public const string Extension = ".snapshot";
    private const string Folder = "snapshots";
    private const string ManifestName = "manifest";
    private const string TemporaryExtension = ".tmp";
    private readonly Lock _gate = new();
    private readonly IStorageDevice _device;
    private readonly string _root;
    private volatile Manifest _manifest;
    private int _temporaries;

    private SnapshotStore(IStorageDevice device, string root, Manifest manifest)
    {
        _device = device;
        _root = root;
        _manifest = manifest;
    }

    public Manifest Manifest => _manifest;

    private string Directory => Path.Combine(_root, Folder);

    public string ManifestPath => Path.Combine(_root, ManifestName);

    /// <summary>Reads the manifest of a data directory; without one nothing was ever deleted from the directory.</summary>
    /// <exception cref="StorageException">The manifest is damaged.</exception>
    public static SnapshotStore Open(IStorageDevice device, string root)
    {
        device.CreateDirectory(Path.Combine(root, Folder));

        // A process may have died after it gave a name and before that was durable. Nothing may be deleted for what such a name
        // stands for.
        device.FlushDirectory(Path.Combine(root, Folder));
        device.FlushDirectory(root);
        return new SnapshotStore(
            device, root, HasManifest(device, root) ? Read(device, Path.Combine(root, ManifestName)) : Manifest.Initial);
    }

    public static bool HasManifest(IStorageDevice device, string root) =>
        device.List(root).Contains(ManifestName, StringComparer.Ordinal);

    public string PathOf(SnapshotEntry entry) => Path.Combine(Directory, entry.FileName);

    /// <summary>Opens a snapshot that the manifest names.</summary>
    /// <exception cref="StorageException">It is missing, or not the one that the manifest names.</exception>
    public SnapshotReader OpenReader(SnapshotEntry entry)
    {
        string path = PathOf(entry);
        if (!_device.List(Directory).Contains(entry.FileName, StringComparer.Ordinal))
            throw StorageException.DamagedSnapshot(path, 0, "the file is missing");
        var reader = new SnapshotReader(_device.OpenRead(path), path);
        if ((reader.Header.Group, reader.Header.Slot, reader.Header.Revision) == (entry.Group, entry.Slot, entry.Revision))
            return reader;
        reader.Dispose();
        throw reader.Damaged(
            0,
            $"the file is of slot {reader.Header.Slot} of '{reader.Header.Group}', not of slot {entry.Slot} of '{entry.Group}'");
    }

    /// <summary>Opens a snapshot's file as it is, to be sent to a peer, which checks it.</summary>
    public ILogFile OpenRaw(SnapshotEntry entry) => _device.OpenRead(PathOf(entry));

    /// <summary>Begins a file that is not a snapshot yet.</summary>
    public SnapshotFile Create(string group) =>
        new(_device, Path.Combine(Directory, $"{group}.{Interlocked.Increment(ref _temporaries)}{TemporaryExtension}"));

    /// <summary>
    /// Makes a written file the namespace's snapshot, unless it has one of the same or a later slot. It is durable when this
    /// returns.
    /// </summary>
    /// <returns>Whether it is the namespace's snapshot now. Otherwise the file is gone.</returns>
    public bool Commit(SnapshotFile file, SnapshotEntry entry)
    {
        lock (_gate)
        {
            SnapshotEntry? before = _manifest.Find(entry.Group);
            if (before is not null && before.Slot >= entry.Slot)
            {
                file.Discard();
                return false;
            }

            file.Keep(PathOf(entry));
            _device.FlushDirectory(Directory);
            Write(_manifest.With(entry));
            if (before is not null)
                _device.Delete(PathOf(before));
            return true;
        }
    }

    /// <summary>Deletes the namespace's snapshot, if it has one. It is gone for good when this returns.</summary>
    public void Remove(string group)
    {
        lock (_gate)
        {
            if (_manifest.Find(group) is not { } entry)
                return;
            Write(_manifest.Without(group));
            _device.Delete(PathOf(entry));
        }
    }

    /// <summary>
    /// Records durably that no segment before this one is needed any more. They may be deleted when this returns.
    /// </summary>
    public void AdvanceOldestSegment(long sequence)
    {
        lock (_gate)
        {
            if (sequence > _manifest.OldestSegment)
                Write(_manifest with { OldestSegment = sequence });
        }
    }

    /// <summary>Begins to make a new directory from snapshots: until it is finished no node starts from it.</summary>
    public void BeginRestore() => Write(Manifest.BeingRestored);

    /// <summary>All snapshots that the directory is made from are in it.</summary>
    public void FinishRestore(string origin) => Write(_manifest with { Origin = origin });

    /// <summary>Deletes files that a crash left behind. Only when everything that the manifest names was read.</summary>
    public void RemoveLeftovers()
    {
        foreach (string name in _device.List(Directory))
        {
            if (!_manifest.Snapshots.Any(entry => entry.FileName == name))
                _device.Delete(Path.Combine(Directory, name));
        }
    }

    private static Manifest Read(IStorageDevice device, string path)
    {
        using ILogFile file = device.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, Manifest.MaxBytes)];
        file.Read(bytes, 0);
        return Manifest.Parse(bytes) ?? throw StorageException.Damaged(path, 0, "the manifest is not what was written");
    }

    private void Write(Manifest manifest)
    {
        string temporary = ManifestPath + TemporaryExtension;
        using (ILogFile file = _device.Create(temporary, 0))
        {
            file.Write(manifest.Render(), 0);
            file.Flush();
        }

        // When this fails it is not known which of the two counts after a crash. Nothing is deleted then, so both will do.
        _device.Replace(temporary, ManifestPath);
        _device.FlushDirectory(_root);
        _manifest = manifest;
    }
}
