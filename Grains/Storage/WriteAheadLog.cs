using Doozer.Storage.Format;
using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>
/// The node's write-ahead log. All replicas of the node append to it; what gathers while one write is on its way to the
/// disk goes out as the next write, with one flush for everybody (group commit).
/// </summary>
internal sealed class WriteAheadLog : IAsyncDisposable
{
    private readonly Lock _gate = new();
    // Not a SemaphoreSlim: it would spin before it sleeps, on the cores that the rest needs.
    private readonly AutoResetEvent _arrived = new(initialState: false);
    private readonly WriteAheadLogOptions _options;
    private readonly SegmentedLog _log;
    private readonly ILogger _logger;
    private readonly Action<StorageException> _onFatal;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AppendBatch _gathering = new();
    private AppendBatch _writing = new();
    private StorageException? _refusal;
    private Task<ILogFile>? _next;
    private long _appends;
    private long _bytes;
    private long _syncs;
    private long _sequence;
    private long _queued;

    private WriteAheadLog(SegmentedLog log, WriteAheadLogOptions options, ILogger logger, Action<StorageException> onFatal)
    {
        _log = log;
        _options = options;
        _logger = logger;
        _onFatal = onFatal;
        _log.NextFile = TakeNextFile;
        _sequence = log.Sequence;
        new Thread(WriteUntilClosed) { IsBackground = true, Name = "doozer log" }.Start();
    }

    /// <summary>Records made durable since the log was opened.</summary>
    public long Appends => Interlocked.Read(ref _appends);

    /// <summary>Bytes of those records, headers included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Flushes they took.</summary>
    public long Syncs => Interlocked.Read(ref _syncs);

    /// <summary>The segment that is being written: what is appended from now on goes into it or one after it.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Whether so much waits for the disk that whoever limits its own appends should take nothing more on.</summary>
    public bool IsBehind => Volatile.Read(ref _queued) >= _options.MaxQueuedBytes / 2;

    /// <summary>Opens the log in the directory, or starts one there.</summary>
    /// <param name="directory">Is created when missing.</param>
    /// <param name="replay">
    /// Is called on this thread for every record in order, with its group and a payload that is the receiver's to keep.
    /// When this method throws, what was replayed must be forgotten.
    /// </param>
    /// <param name="onFatal">
    /// Is called once, on the log's thread, when a write failed. The process must end then: after a failed flush nobody knows
    /// what is on the disk until the log is read again.
    /// </param>
    /// <exception cref="StorageException">The log is damaged or cannot be read or written.</exception>
    public static WriteAheadLog Open(
        string directory,
        WriteAheadLogOptions options,
        Action<string, ReadOnlyMemory<byte>> replay,
        ILogger logger,
        Action<StorageException> onFatal) =>
        Open(FileDevice.Instance, directory, options, replay, logger, onFatal);

    internal static WriteAheadLog Open(
        IStorageDevice device,
        string directory,
        WriteAheadLogOptions options,
        Action<string, ReadOnlyMemory<byte>> replay,
        ILogger logger,
        Action<StorageException> onFatal,
        bool mustExist = false,
        long oldest = SegmentHeader.FirstSequence)
    {
        options.Validate();
        try
        {
            device.CreateDirectory(directory);
            return new WriteAheadLog(SegmentedLog.Open(device, directory, options, replay, logger, mustExist, oldest), options, logger, onFatal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                StorageError.Unusable, $"The log in '{directory}' cannot be opened: {e.Message} Make the directory usable and start again.", e);
        }
    }

    /// <summary>
    /// Appends a record. The task completes when the record, and every one appended before it, is durable; the payload is
    /// copied before this returns. It fails with a <see cref="StorageException"/> when the record is too large or too much
    /// is waiting (nothing was written then), or when the log has failed (the record may or may not be found again).
    /// </summary>
    /// <param name="group">Whose record it is.</param>
    /// <param name="payload">The record.</param>
    /// <param name="isLimited">
    /// The caller cannot do without the record, and limits what it lets wait by itself, with <see cref="IsBehind"/>: it is not refused
    /// however much is waiting.
    /// </param>
    public Task Append(string group, ReadOnlyMemory<byte> payload, bool isLimited = false)
    {
        int groupBytes = AppendBatch.GroupBytes(group);
        if (groupBytes is 0 or > LogRecord.MaxGroupBytes)
            return Refuse(StorageError.TooLarge, $"The group name '{group}' has {groupBytes} bytes; the log takes 1 to {LogRecord.MaxGroupBytes}.");
        if (payload.Length > _options.MaxRecordBytes)
            return Refuse(StorageError.TooLarge, $"A record of {payload.Length} bytes is over the log's limit of {_options.MaxRecordBytes}.");

        lock (_gate)
        {
            if (_refusal is not null)
                return Task.FromException(_refusal);
            if (!isLimited && _gathering.Length + LogRecord.SizeOf(groupBytes, payload.Length) > _options.MaxQueuedBytes)
                return Refuse(StorageError.Overloaded, $"More than {_options.MaxQueuedBytes} bytes wait for the log's disk; try again later.");
            Task durable = _gathering.Add(group, groupBytes, payload.Span);
            Volatile.Write(ref _queued, _gathering.Length);
            if (_gathering.Count == 1)
                _arrived.Set();
            return durable;
        }
    }

    /// <summary>Deletes the segments before this one, which must be recorded as not needed.</summary>
    public void RemoveBefore(long sequence) => _log.RemoveBefore(sequence);

    /// <summary>Writes what is waiting, leaves a mark that makes later damage to it evident, and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_refusal is null)
            {
                _refusal = new StorageException(StorageError.Closed, "The log is closed.");
                if (_gathering.Count == 0)
                    _arrived.Set();
            }
        }

        await _stopped.Task;
    }

    private static Task Refuse(StorageError error, string message) => Task.FromException(new StorageException(error, message));

    private void WriteUntilClosed()
    {
        StorageException? fatal = null;
        try
        {
            while (TakeBatch())
            {
                WriteBatch();
                _writing.Complete();
            }

            _log.Mark();
        }
        catch (Exception e)
        {
            fatal = Fail(e);
        }

        Close();

        // First, so that onFatal may dispose of the log.
        _stopped.SetResult();
        if (fatal is not null)
            _onFatal(fatal);
    }

    /// <summary>Waits for records and takes all there are; false when the log is closed and none are left.</summary>
    private bool TakeBatch()
    {
        _writing.Reset();
        _arrived.WaitOne();
        lock (_gate)
        {
            (_gathering, _writing) = (_writing, _gathering);
            Volatile.Write(ref _queued, 0);

            // Closing while records wait takes them first, and comes back here for the end.
            if (_refusal is not null && _writing.Count > 0)
                _arrived.Set();
            return _writing.Count > 0;
        }
    }

    private void WriteBatch()
    {
        if (_log.IsHalfFull && _next is null)
            _next = Task.Run(_log.CreateNextFile);

        // A batch is split only where a segment ends.
        Span<byte> rest = _writing.Records;
        while (!rest.IsEmpty)
        {
            rest = rest[_log.Write(rest)..];
            _log.Flush();
        }

        Interlocked.Add(ref _appends, _writing.Count);
        Interlocked.Add(ref _bytes, _writing.Length);
        Interlocked.Exchange(ref _syncs, _log.Syncs);
        Interlocked.Exchange(ref _sequence, _log.Sequence);
    }

    private ILogFile TakeNextFile()
    {
        if (_next is not { } prepared)
            return _log.CreateNextFile();
        _next = null;
        try
        {
            return prepared.GetAwaiter().GetResult();
        }
        catch (IOException e)
        {
            // The disk may have room again. This makes a new file from nothing, so no failed flush is tried twice.
            _logger.NextSegmentFailed(e);
            return _log.CreateNextFile();
        }
    }

    private StorageException Fail(Exception cause)
    {
        var fatal = new StorageException(
            StorageError.Failed,
            $"Writing the log failed and the log has stopped: {cause.Message} (in '{_log.CurrentPath}'); " +
            "free space or repair the disk, then start the node again.",
            cause);
        AppendBatch gathering;
        lock (_gate)
        {
            _refusal = fatal;
            gathering = _gathering;
        }

        _logger.LogStopped(fatal);
        if (!_writing.Done.IsCompleted)
            _writing.Fail(fatal);
        gathering.Fail(fatal);
        return fatal;
    }

    private void Close()
    {
        try
        {
            if (_next is { } prepared)
                prepared.GetAwaiter().GetResult().Dispose();
        }
        catch (IOException e)
        {
            _logger.NextSegmentFailed(e);
        }

        _log.Dispose();
        _arrived.Dispose();
    }
}
