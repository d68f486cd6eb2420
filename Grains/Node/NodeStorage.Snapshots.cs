using System.Text;
using Doozer.Paxos;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Tree;
using Microsoft.Extensions.Logging;

namespace Doozer.Node;

/// <summary>Writing snapshots beside the log, and dropping the log that they stand for.</summary>
internal sealed partial class NodeStorage
{
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

    /// <summary>Segments of the log that are kept; 0 while it is not open. Any thread.</summary>
    public long LogSegments => _log is { } log && _directory is { } directory
        ? log.Sequence - directory.Snapshots.Manifest.OldestSegment + 1
        : 0;

    /// <summary>Takes the right to the one heavy work at a time: writing or loading a snapshot.</summary>
    public bool TryBeginHeavyWork() => !_closing.IsCancellationRequested && _heavyWork.Wait(0);

    /// <summary>Waits for that right. The node's stop ends the work of whoever has it, and then the wait.</summary>
    public async Task BeginHeavyWork()
    {
        await _heavyWork.WaitAsync();
        if (!_closing.IsCancellationRequested)
            return;
        _heavyWork.Release();
        _closing.Token.ThrowIfCancellationRequested();
    }

    public void EndHeavyWork() => _heavyWork.Release();

    public bool TryBeginRead() => _reads.Wait(0);

    public void EndRead() => _reads.Release();

    /// <summary>
    /// Runs work on other threads. The storage is not closed, nor its directory released, before it has ended; it must end soon
    /// when cancelled.
    /// </summary>
    public Task InBackground(Func<CancellationToken, Task> work)
    {
        lock (_background)
        {
            _closing.Token.ThrowIfCancellationRequested();
            Task task = Task.Factory.StartNew(
                () => work(_closing.Token), CancellationToken.None, TaskCreationOptions.DenyChildAttach,
                _platform.Background).Unwrap();
            _background.Add(task);
            _ = task.ContinueWith(
                ended =>
                {
                    lock (_background)
                        _background.Remove(ended);
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                _platform.Background);
            return task;
        }
    }

    /// <summary>
    /// Appends the records that say again what a replica must not forget; completes when they are durable. It can be done later
    /// as well, and is refused when too much waits for the disk.
    /// </summary>
    public async Task Rewrite(string @namespace, IReadOnlyList<JournalRecord> records)
    {
        var appends = new List<Task>();
        var part = new List<JournalRecord>();
        long bytes = 0;
        foreach (JournalRecord record in records)
        {
            if (bytes > 0 && bytes + record.Size > options.Log.MaxRecordBytes / 2)
            {
                appends.Add(OpenLog.Append(@namespace, JournalCodec.Encode(part)));
                part.Clear();
                bytes = 0;
            }

            part.Add(record);
            bytes += record.Size;
        }

        appends.Add(OpenLog.Append(@namespace, JournalCodec.Encode(part)));
        foreach (Task append in appends)
            await append;
    }

    /// <summary>Writes a snapshot, a little at a time so that the log and its writers keep the disk and the processor.</summary>
    public async Task<(SnapshotFile File, SnapshotEntry Entry)> Write(
        string group, string @namespace, long slot, TreeCapture tree, Configurations? configurations, TimeProvider time,
        CancellationToken cancellation)
    {
        SnapshotFile file = Snapshots.Create(group);
        try
        {
            using SnapshotEncoding encoding = TreeSnapshotFile.Encode(group, slot, tree, configurations);
            long start = time.GetTimestamp();
            long began = start;
            while (encoding.TryNext(out ReadOnlyMemory<byte> piece))
            {
                RequireRoomForSnapshot();
                file.Append(piece.Span);

                // Twice as long at rest as at work; but a process that was paused has not worked all the while.
                TimeSpan worked = time.GetElapsedTime(began);
                await Task.Delay(2 * (worked < MostWork ? worked : MostWork), time, cancellation);
                began = time.GetTimestamp();
            }

            file.Flush();
            LogSnapshotWritten(
                @namespace, slot, tree.Revision, encoding.Length, (long)time.GetElapsedTime(start).TotalMilliseconds);
            return (
                file, new SnapshotEntry(group, slot, tree.Revision, encoding.Length, Convert.ToHexString(encoding.Digest!)));
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
        await DropLog();
    }

    private async Task DropLog()
    {
        await _truncating.WaitAsync();
        try
        {
            long oldest = Retention.NeededFrom;
            if (oldest <= Snapshots.Manifest.OldestSegment)
                return;

            // The node's own records are few: they are written again each time, behind what goes.
            await RewriteNodeRecords();
            Snapshots.AdvanceOldestSegment(oldest);
            OpenLog.RemoveBefore(oldest);
            LogDropped(Directory.LogDirectory, oldest);
        }
        finally
        {
            _truncating.Release();
        }
    }

    private async Task RewriteNodeRecords()
    {
        await _nodeRecords.WaitAsync();
        try
        {
            List<Task> appends = [OpenLog.Append(QuorumsGroup, Encoding.UTF8.GetBytes(_knownQuorums!))];
            foreach ((string peer, Guid incarnation) in _peers.OrderBy(peer => peer.Key, StringComparer.Ordinal))
                appends.Add(AppendPeer(peer, incarnation));
            foreach (Task append in appends)
                await append;
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

        foreach (Task work in running)
        {
            try
            {
                await work;
            }
            catch (Exception)
            {
                // Who began the work has seen to its errors.
            }
        }
    }

    [LoggerMessage(20, LogLevel.Information,
        "Loaded the snapshot of {Namespace} through slot {Slot}, revision {Revision}, {Bytes} bytes")]
    private partial void LogSnapshotLoaded(string @namespace, long slot, long revision, long bytes);

    [LoggerMessage(21, LogLevel.Information,
        "Wrote a snapshot of {Namespace} through slot {Slot}, revision {Revision}, {Bytes} bytes, in "
        + "{Milliseconds} ms")]
    private partial void LogSnapshotWritten(string @namespace, long slot, long revision, long bytes, long milliseconds);

    [LoggerMessage(22, LogLevel.Information, "Dropped the log in '{Directory}' before segment {Segment}")]
    private partial void LogDropped(string directory, long segment);
}
