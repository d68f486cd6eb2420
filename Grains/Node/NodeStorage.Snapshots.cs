using System.Text;
using Doozer.Grains;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;

namespace Doozer.Node;

/// <summary>Writing snapshots beside the log, and dropping the log that they stand for.</summary>
internal sealed partial class NodeStorage
{
    /// <summary>Most bytes of one record of the log when a replica's state is written again.</summary>
    private const int MostRecordBytes = 4 << 20;

    /// <summary>Peers' reads of snapshots at a time; a peer whose read is left out asks again.</summary>
    private const int MostReads = 4;

    /// <summary>A piece of a snapshot takes a disk no longer, unless the disk hangs.</summary>
    private static readonly TimeSpan MostWork = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _closing = new();
    private readonly SemaphoreSlim _heavyWork = new(1, 1);
    private readonly SemaphoreSlim _truncating = new(1, 1);
    private readonly SemaphoreSlim _reads = new(MostReads, MostReads);
    private readonly HashSet<Task> _background = [];

    /// <summary>Whether a namespace, busy or not, keeps too much of the log.</summary>
    public bool IsLogPinnedBy(string @namespace) => Retention.IsPinnedBy(@namespace);

    /// <summary>The segment that is being written, to be taken before records that are to be found again from there on.</summary>
    public long LogSequence => OpenLog.Sequence;

    /// <summary>Takes the right to the one heavy work at a time: writing or loading a snapshot.</summary>
    public bool TryBeginHeavyWork() => !_closing.IsCancellationRequested && _heavyWork.Wait(0);

    public Task BeginHeavyWork() => _heavyWork.WaitAsync(_closing.Token);

    public void EndHeavyWork() => _heavyWork.Release();

    public bool TryBeginRead() => _reads.Wait(0);

    public void EndRead() => _reads.Release();

    /// <summary>
    /// Runs work on other threads. The storage is not closed, nor its directory released, before it has ended; it must end soon when
    /// cancelled.
    /// </summary>
    public Task InBackground(Func<CancellationToken, Task> work)
    {
        lock (_background)
        {
            _closing.Token.ThrowIfCancellationRequested();
            var task = Task.Run(() => work(_closing.Token));
            _background.Add(task);
            _ = task.ContinueWith(
                ended =>
                {
                    lock (_background)
                        _background.Remove(ended);
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            return task;
        }
    }

    /// <summary>
    /// Appends the records that say again what a replica must not forget; completes when they are durable. It can be done later as
    /// well, and is refused when too much waits for the disk.
    /// </summary>
    public Task AppendAgain(string @namespace, IReadOnlyList<JournalRecord> records)
    {
        var appends = new List<Task>();
        var part = new List<JournalRecord>();
        long bytes = 0;
        foreach (JournalRecord record in records)
        {
            if (bytes > 0 && bytes + record.Size > MostRecordBytes)
            {
                appends.Add(OpenLog.Append(@namespace, JournalCodec.Encode(part)));
                part.Clear();
                bytes = 0;
            }

            part.Add(record);
            bytes += record.Size;
        }

        appends.Add(OpenLog.Append(@namespace, JournalCodec.Encode(part)));
        return Task.WhenAll(appends);
    }

    /// <summary>Writes a snapshot, a little at a time so that the log and its writers keep the disk and the processor.</summary>
    public async Task<(SnapshotFile File, SnapshotEntry Entry)> Write(
        string @namespace, long slot, TreeCapture tree, TimeProvider time, CancellationToken cancellation)
    {
        SnapshotFile file = Snapshots.Create(@namespace);
        try
        {
            using SnapshotEncoding encoding = TreeSnapshotFile.Encode(@namespace, slot, tree);
            long start = time.GetTimestamp();
            long began = start;
            while (encoding.TryNext(out ReadOnlyMemory<byte> piece))
            {
                file.Append(piece.Span);

                // Twice as long at rest as at work; but a process that was paused has not worked all the while.
                TimeSpan worked = time.GetElapsedTime(began);
                await Task.Delay(2 * (worked < MostWork ? worked : MostWork), time, cancellation);
                began = time.GetTimestamp();
            }

            file.Flush();
            Log.SnapshotWritten(
                logger, @namespace, slot, tree.Revision, encoding.Length, (long)time.GetElapsedTime(start).TotalMilliseconds);
            return (file, new SnapshotEntry(@namespace, slot, tree.Revision, encoding.Length, Convert.ToHexString(encoding.Digest!)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The namespace needs no segment before this one: everything before its snapshot is in that, and everything after it stands
    /// from that segment on. Drops what no namespace needs.
    /// </summary>
    public async Task DropLogBefore(string @namespace, long segment)
    {
        Retention.Advance(@namespace, segment);
        await _truncating.WaitAsync();
        try
        {
            long oldest = Retention.NeededFrom;
            if (oldest <= Snapshots.Manifest.OldestSegment)
                return;

            // The node's own records are few: they are written again each time, behind what goes.
            await AppendNodeRecordsAgain();
            Snapshots.AdvanceOldestSegment(oldest);
            OpenLog.RemoveBefore(oldest);
            Log.LogDropped(logger, Directory.LogDirectory, oldest);
        }
        finally
        {
            _truncating.Release();
        }
    }

    private async Task AppendNodeRecordsAgain()
    {
        await _nodeRecords.WaitAsync();
        try
        {
            Task quorums = OpenLog.Append(QuorumsGroup, Encoding.UTF8.GetBytes(_knownQuorums!));
            await Task.WhenAll([quorums, .. _peers.Select(peer => AppendPeer(peer.Key, peer.Value))]);
        }
        finally
        {
            _nodeRecords.Release();
        }
    }

    private async Task StopBackgroundWork()
    {
        Task[] running;
        lock (_background)
        {
            _closing.Cancel();
            running = [.. _background];
        }

        try
        {
            await Task.WhenAll(running);
        }
        catch (Exception)
        {
            // Whoever began the work has seen to its errors.
        }
    }
}
