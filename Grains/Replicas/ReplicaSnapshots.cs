using Doozer.Grains;
using Doozer.Node;
using Doozer.Paxos;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>
/// The files behind a replica's snapshots: when to write one, writing it, giving its bytes to peers, and storing what a peer
/// gives. Decisions are made by the replica's driver, on its scheduler.
/// </summary>
/// <param name="group">The name of the group, on the disk.</param>
/// <param name="namespace">The namespace.</param>
/// <param name="storage">The node's disk.</param>
/// <param name="recovered">What it held of the namespace at the start.</param>
/// <param name="place">The node's place among its peers, from 0.</param>
/// <param name="limits">Sizes and times.</param>
/// <param name="time">The clock.</param>
internal sealed class ReplicaSnapshots(
    string group,
    string @namespace,
    NodeStorage storage,
    RecoveredReplica recovered,
    int place,
    SnapshotOptions limits,
    TimeProvider time)
{
    private readonly SnapshotSource _source = new(group, storage.Snapshots, limits.ChunkBytes, time);
    private readonly Lock _ending = new();
    private SnapshotFile? _incoming;
    private bool _hasEnded;
    private long _loggedBytes = recovered.LoggedBytes;
    private long _notBefore = time.GetTimestamp();
    private volatile SnapshotEntry? _newest = recovered.Snapshot;
    private volatile bool _writing;

    /// <summary>The slot that the newest snapshot ends with; 0 without one.</summary>
    public long Slot => _newest?.Slot ?? 0;

    /// <summary>
    /// Whether the log, which all namespaces of the node share, is kept too long for this one's old records, and a snapshot may
    /// be written now. It does not matter how much is written to the namespace itself.
    /// </summary>
    /// <remarks>On a disk that is nearly full, any of it is too long.</remarks>
    public bool PinsLog => IsReady && (storage.IsLogPinnedBy(group) || storage.MayGiveRoom(group));

    private bool IsReady => !_writing && time.GetTimestamp() >= Interlocked.Read(ref _notBefore);

    public void CountLogged(int bytes) => Interlocked.Add(ref _loggedBytes, bytes);

    /// <summary>Whether it is time for the next snapshot.</summary>
    /// <param name="applied">The last slot that would be in it.</param>
    /// <param name="isLogLong">Whether what it would stand for takes much memory.</param>
    /// <param name="options">When one is due otherwise.</param>
    public bool IsDue(long applied, bool isLogLong, DoozerOptions options)
    {
        if (!IsReady || applied <= Slot)
            return false;
        if (isLogLong)
            return true;

        // A tree that is large itself is not written again for a little log. With a quarter, a start takes about as long for the
        // log as for the snapshot: a byte of log is a command to apply, and takes four times as long.
        long bytes = Later(Math.Max(options.SnapshotLogBytes, (_newest?.Length ?? 0) / 4));
        long logged = Interlocked.Read(ref _loggedBytes);
        if (logged < bytes && applied - Slot < Later(options.SnapshotSlots))
            return false;

        // A peer that pulls the present one would then find the log after it gone, and begin again, perhaps for ever.
        return logged >= 4 * bytes || !_source.WasReadWithin(limits.PullTime);
    }

    /// <summary>
    /// The nodes log the same at the same time, and would all be busy with a snapshot at once. One after the other, a quorum of
    /// the others goes on as if nothing were.
    /// </summary>
    private long Later(long amount) => amount + (amount / 8 * (place % 8));

    /// <summary>Writes the state again behind the log it stands in, so that the log before may go; the snapshot stays.</summary>
    /// <param name="recordsAfter">The replica's records beyond the snapshot, as they are now.</param>
    public Task Rewrite(IReadOnlyList<JournalRecord> recordsAfter)
    {
        (long segment, Task rewritten) = AppendRewritten(recordsAfter);
        return Write(async _ =>
        {
            await rewritten;
            await storage.DropLogBefore(group, segment);
        });
    }

    /// <summary>
    /// Writes a snapshot and drops the log it stands for. The caller has the right to heavy work, which ends here.
    /// </summary>
    /// <param name="slot">The last slot in the tree.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="configurations">The configurations after that slot.</param>
    /// <param name="recordsAfter">The replica's records beyond that slot, of the same moment, which is now.</param>
    /// <returns>Whether it is the newest.</returns>
    public async Task<bool> Save(
        long slot, TreeCapture tree, Configurations configurations, IReadOnlyList<JournalRecord> recordsAfter)
    {
        bool saved = false;
        try
        {
            long logged = Interlocked.Read(ref _loggedBytes);
            (long segment, Task rewritten) = AppendRewritten(recordsAfter);
            await Write(async cancellation =>
            {
                if (!tree.IsIntact())
                {
                    throw new SafetyViolationException(
                        $"files of {@namespace} are not what was written: their memory was changed");
                }

                (SnapshotFile file, SnapshotEntry entry) =
                    await storage.Write(group, @namespace, slot, tree, configurations, time, cancellation);
                using (file)
                {
                    await rewritten;
                    saved = Commit(file, entry);
                }

                Interlocked.Add(ref _loggedBytes, -logged);
                if (!saved)
                    return;
                _newest = entry;
                await storage.DropLogBefore(group, segment);
            });
        }
        finally
        {
            storage.EndHeavyWork();
        }

        return saved;
    }

    /// <summary>Reads bytes of the snapshot for a peer; null when there is none.</summary>
    public async Task<SnapshotChunk?> Read(long slot, long offset)
    {
        SnapshotChunk? chunk = null;
        await storage.InBackground(_ =>
        {
            chunk = _source.Read(slot, offset);
            return Task.CompletedTask;
        });
        return chunk;
    }

    public void CloseIdle() => _source.CloseIdle();

    /// <summary>Stores bytes of a peer's snapshot.</summary>
    public Task Store(SnapshotChunk chunk) => storage.InBackground(_ =>
    {
        lock (_ending)
        {
            if (!_hasEnded)
                Append(chunk);
        }

        return Task.CompletedTask;
    });

    /// <summary>Nothing becomes this group's snapshot any more. What is under way ends without a trace. Any thread.</summary>
    public void End()
    {
        lock (_ending)
        {
            _hasEnded = true;
            _incoming?.Dispose();
            _incoming = null;
        }

        _source.End();
    }

    /// <summary>Checks the stored snapshot, loads it, and makes it this replica's own, durably.</summary>
    /// <returns>
    /// Its tree and configurations. The snapshot that the replica starts from is this one, or a later one, by then.
    /// </returns>
    public async Task<(VersionedTree Tree, Configurations? Configurations)> Adopt(long slot, TreeOptions options)
    {
        SnapshotFile file = TakeIncoming();
        (VersionedTree, Configurations?) adopted = default;
        await storage.InBackground(async _ =>
        {
            using (file)
            {
                await storage.BeginHeavyWork();
                try
                {
                    adopted = Adopt(file, slot, options);
                }
                finally
                {
                    storage.EndHeavyWork();
                }
            }
        });
        return adopted;
    }

    private (VersionedTree Tree, Configurations? Configurations) Adopt(SnapshotFile file, long slot, TreeOptions options)
    {
        file.Flush();
        using SnapshotReader reader = file.Read();
        if (reader.Header.Slot != slot || reader.Header.Group != group)
        {
            throw reader.Damaged(
                0, $"it is of slot {reader.Header.Slot} of '{reader.Header.Group}', not of slot {slot} of '{group}'");
        }

        (VersionedTree tree, Configurations? configurations) = TreeSnapshotFile.Load(reader, options);
        var entry = new SnapshotEntry(group, slot, tree.Revision, file.Length, Convert.ToHexString(reader.Digest!));
        if (Commit(file, entry))
        {
            _newest = entry;
            Interlocked.Exchange(ref _loggedBytes, 0);
        }

        return (tree, configurations);
    }

    private void Append(SnapshotChunk chunk)
    {
        if (chunk.Offset == 0)
        {
            _incoming?.Dispose();
            _incoming = storage.Snapshots.Create(group);
        }

        if (_incoming is null || _incoming.Length != chunk.Offset)
            throw new InvalidOperationException($"The bytes at {chunk.Offset} do not follow those that are stored.");
        storage.RequireRoomForSnapshot();
        _incoming.Append(chunk.Bytes.Span);
    }

    private SnapshotFile TakeIncoming()
    {
        lock (_ending)
        {
            SnapshotFile file = _incoming ?? throw new OperationCanceledException();
            _incoming = null;
            return file;
        }
    }

    private bool Commit(SnapshotFile file, SnapshotEntry entry)
    {
        lock (_ending)
        {
            if (!_hasEnded)
                return storage.Snapshots.Commit(file, entry);
        }

        file.Discard();
        return false;
    }

    /// <summary>
    /// Appends at once, while nothing else can be: what is appended later must find later states behind these, never before.
    /// </summary>
    private (long Segment, Task Durable) AppendRewritten(IReadOnlyList<JournalRecord> records)
    {
        long segment = storage.LogSequence;
        return (segment, storage.Rewrite(group, records));
    }

    private async Task Write(Func<CancellationToken, Task> work)
    {
        _writing = true;
        try
        {
            await storage.InBackground(work);
        }
        catch
        {
            Interlocked.Exchange(ref _notBefore, time.TimestampAfter(limits.RetryTime));
            throw;
        }
        finally
        {
            _writing = false;
        }
    }
}
