using Doozer.Paxos;
using Doozer.Storage;

namespace Doozer.Replicas;

/// <summary>
/// Reads a group's snapshot for peers. The file that a peer pulls stays open while it does, so that it can go on after a
/// newer one has taken its place. Only reading waits for the disk.
/// </summary>
internal sealed class SnapshotSource(string group, SnapshotStore store, int chunkBytes, TimeProvider time)
{
    private const int MostOpen = 2;
    private const long Never = long.MinValue;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<OpenSnapshot> _open = [];
    private long _readAt = Never;
    private bool _hasEnded;

    /// <summary>Whether a peer read within the time before now.</summary>
    public bool WasReadWithin(TimeSpan span) =>
        Interlocked.Read(ref _readAt) is not Never and var readAt && time.GetElapsedTime(readAt) < span;

    /// <summary>
    /// Bytes of the snapshot of that slot; when that is gone (or 0), the first bytes of the newest. Null when there is none.
    /// </summary>
    public SnapshotChunk? Read(long slot, long offset)
    {
        lock (_gate)
        {
            if (_hasEnded)
                return null;
            OpenSnapshot? open = _open.Find(snapshot => snapshot.Slot == slot);
            if (open is null)
            {
                open = OpenNewest();
                if (open is null)
                    return null;
                offset = open.Slot == slot ? offset : 0;
            }

            if (offset < 0 || offset >= open.File.Length)
                return null;
            open.ReadAt = time.GetTimestamp();
            Interlocked.Exchange(ref _readAt, open.ReadAt);
            byte[] bytes = new byte[(int)Math.Min(chunkBytes, open.File.Length - offset)];
            open.File.Read(bytes, offset);
            return new SnapshotChunk(open.Slot, open.File.Length, offset, bytes);
        }
    }

    /// <summary>Closes what no peer has read for a while, unless one reads just now: then there is another time.</summary>
    public void CloseIdle()
    {
        if (!_gate.TryEnter())
            return;
        try
        {
            for (int i = _open.Count - 1; i >= 0; i--)
            {
                if (time.GetElapsedTime(_open[i].ReadAt) >= IdleTime)
                    CloseAt(i);
            }
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Nothing is read from now on, and what is open is closed.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            while (_open.Count > 0)
                CloseAt(0);
        }
    }

    private OpenSnapshot? OpenNewest()
    {
        if (store.Manifest.Find(group) is not { } entry)
            return null;
        if (_open.Find(snapshot => snapshot.Slot == entry.Slot) is { } known)
            return known;
        if (_open.Count == MostOpen)
            CloseAt(_open[0].ReadAt <= _open[1].ReadAt ? 0 : 1);
        var open = new OpenSnapshot(entry.Slot, store.OpenRaw(entry));
        _open.Add(open);
        return open;
    }

    private void CloseAt(int index)
    {
        _open[index].File.Dispose();
        _open.RemoveAt(index);
    }

    private sealed class OpenSnapshot(long slot, ILogFile file)
    {
        public long Slot => slot;

        public ILogFile File => file;

        public long ReadAt { get; set; }
    }
}
