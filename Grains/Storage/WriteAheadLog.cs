using Doozer.Storage.Format;
using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>
/// The node's write-ahead log. All replicas of the node append to it; what gathers while one write is on its way to the
/// disk goes out as the next write, with one flush for everybody (group commit). It takes no step by itself: its
/// <see cref="ILogRunner"/> does.
/// </summary>
internal sealed partial class WriteAheadLog : INodeLog
{
    private readonly Lock _gate = new();
    private readonly WriteAheadLogOptions _options;
    private readonly SegmentedLog _log;
    private readonly ILogger _logger;
    private readonly Action<StorageException> _onFatal;
    private readonly ILogRunner _runner;
    private readonly TaskScheduler _background;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AppendBatch _gathering = new();
    private AppendBatch _writing = new();
    private int _written;
    private bool _mustFlush;
    private StorageException? _refusal;
    private Task<ILogFile>? _next;
    private long _appends;
    private long _bytes;
    private long _syncs;
    private long _sequence;
    private long _queued;

    private WriteAheadLog(
        SegmentedLog log,
        WriteAheadLogOptions options,
        ILogger logger,
        Action<StorageException> onFatal,
        ILogRunner runner,
        TaskScheduler background)
    {
        _log = log;
        _options = options;
        _logger = logger;
        _onFatal = onFatal;
        _runner = runner;
        _background = background;
        _log.NextFile = TakeNextFile;
        _sequence = log.Sequence;
        _runner.Start(Step);
    }

    /// <summary>Records made durable since the log was opened.</summary>
    public long Appends => Interlocked.Read(ref _appends);

    /// <summary>Bytes of those records, headers included.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Flushes they took.</summary>
    public long Syncs => Interlocked.Read(ref _syncs);

    /// <inheritdoc/>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <inheritdoc/>
    public bool IsBehind => Volatile.Read(ref _queued) >= _options.MaxQueuedBytes / 2;

    /// <summary>Opens the log in the directory, or starts one there.</summary>
    /// <param name="directory">Is created when missing.</param>
    /// <param name="replay">
    /// Is called on this thread for every record in order, with its group and a payload that is the receiver's to keep.
    /// When this method throws, what was replayed must be forgotten.
    /// </param>
    /// <param name="onFatal">
    /// Is called once, by the runner, when a write failed. The process must end then: after a failed flush nobody knows
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
        long oldest = SegmentHeader.FirstSequence,
        ILogRunner? runner = null,
        TaskScheduler? background = null)
    {
        options.Validate();
        try
        {
            device.CreateDirectory(directory);
            var log = SegmentedLog.Open(device, directory, options, replay, logger, mustExist, oldest);
            return new WriteAheadLog(
                log, options, logger, onFatal, runner ?? new LogThread(), background ?? TaskScheduler.Default);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(
                StorageError.Unusable,
                $"The log in '{directory}' cannot be opened: {exception.Message} Make the directory usable and start again.",
                exception);
        }
    }

    /// <inheritdoc/>
    public Task Append(string group, ReadOnlyMemory<byte> payload, bool isLimited = false)
    {
        int groupBytes = AppendBatch.GroupBytes(group);
        if (groupBytes is 0 or > LogRecord.MaxGroupBytes)
        {
            return Refuse(
                StorageError.TooLarge,
                $"The group name '{group}' has {groupBytes} bytes; the log takes 1 to {LogRecord.MaxGroupBytes}.");
        }

        if (payload.Length > _options.MaxRecordBytes)
        {
            return Refuse(
                StorageError.TooLarge,
                $"A record of {payload.Length} bytes is over the log's limit of {_options.MaxRecordBytes}.");
        }

        lock (_gate)
        {
            if (_refusal is not null)
                return Task.FromException(_refusal);
            if (!isLimited && _gathering.Length + LogRecord.SizeOf(groupBytes, payload.Length) > _options.MaxQueuedBytes)
            {
                return Refuse(
                    StorageError.Overloaded,
                    $"More than {_options.MaxQueuedBytes} bytes wait for the log's disk; try again later.");
            }

            Task durable = _gathering.Add(group, groupBytes, payload.Span);
            Volatile.Write(ref _queued, _gathering.Length);
            if (_gathering.Count == 1)
                _runner.Wake();
            return durable;
        }
    }

    /// <inheritdoc/>
    public void RemoveBefore(long sequence) => _log.RemoveBefore(sequence);

    /// <summary>Writes what is waiting, leaves a mark that makes later damage to it evident, and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_refusal is null)
            {
                _refusal = new StorageException(StorageError.Closed, "The log is closed.");
                _runner.Wake();
            }
        }

        await _stopped.Task;
    }

    private static Task Refuse(StorageError error, string message) => Task.FromException(new StorageException(error, message));
}
