using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>The steps that the runner takes, one at a time: write, flush, and the next batch.</summary>
internal sealed partial class WriteAheadLog
{
    /// <summary>Does the next thing there is to do.</summary>
    private LogStep Step()
    {
        try
        {
            if (_mustFlush)
                return Flush();
            if (_written < _writing.Length || TakeBatch())
                return Write();
            if (!IsClosed)
                return LogStep.Idle;
            _log.Mark();
            End();
        }
        catch (Exception exception)
        {
            StorageException fatal = Fail(exception);

            // First, so that onFatal may dispose of the log.
            End();
            _onFatal(fatal);
        }

        return LogStep.Ended;
    }

    private bool IsClosed
    {
        get
        {
            lock (_gate)
                return _refusal is not null && _gathering.Count == 0;
        }
    }

    /// <summary>Takes all that wait; false when none do.</summary>
    private bool TakeBatch()
    {
        lock (_gate)
        {
            if (_gathering.Count == 0)
                return false;
            (_gathering, _writing) = (_writing, _gathering);
            Volatile.Write(ref _queued, 0);
            return true;
        }
    }

    /// <summary>Writes as much of the batch as the segment holds: it is split only where a segment ends.</summary>
    private LogStep Write()
    {
        if (_log.IsHalfFull && _next is null)
        {
            _next = Task.Factory.StartNew(
                _log.CreateNextFile, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _background);
        }

        _written += _log.Write(_writing.Records[_written..]);
        _mustFlush = true;
        return LogStep.Wrote;
    }

    private LogStep Flush()
    {
        long begin = LogMeter.Begin();
        _log.Flush();
        LogMeter.End(begin);
        _mustFlush = false;
        if (_written == _writing.Length)
            Complete();
        return LogStep.Flushed;
    }

    private void Complete()
    {
        Interlocked.Add(ref _appends, _writing.Count);
        Interlocked.Add(ref _bytes, _writing.Length);
        Interlocked.Exchange(ref _syncs, _log.Syncs);
        Interlocked.Exchange(ref _sequence, _log.Sequence);
        LogMeter.Count(_writing.Count, _writing.Length);
        AppendBatch written = _writing;
        _written = 0;
        written.Complete();
        written.Reset();
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
        catch (IOException exception)
        {
            // The disk may have room again. This makes a new file from nothing, so no failed flush is tried twice.
            LogNextSegmentFailed(exception);
            return _log.CreateNextFile();
        }
    }

    private StorageException Fail(Exception cause)
    {
        string remedy = cause is DirectoryNotFoundException or FileNotFoundException
            ? StorageException.Advice
            : "free space or repair the disk, then start the node again.";
        var fatal = new StorageException(
            StorageError.Failed,
            $"Writing the log failed and the log has stopped: {cause.Message.TrimEnd('.')} (in '{_log.CurrentPath}'); {remedy}",
            cause);
        AppendBatch gathering;
        lock (_gate)
        {
            _refusal = fatal;
            gathering = _gathering;
        }

        LogStopped(fatal);
        if (!_writing.Done.IsCompleted)
            _writing.Fail(fatal);
        gathering.Fail(fatal);
        return fatal;
    }

    private void End()
    {
        try
        {
            if (_next is { } prepared)
                prepared.GetAwaiter().GetResult().Dispose();
        }
        catch (IOException exception)
        {
            LogNextSegmentFailed(exception);
        }

        _log.Dispose();
        _stopped.SetResult();
    }

    [LoggerMessage(42, LogLevel.Warning, "The next log segment cannot be made yet; the log stops when the present one is full.")]
    private partial void LogNextSegmentFailed(Exception exception);

    // The node, which stops, says why.
    [LoggerMessage(43, LogLevel.Debug, "The log has stopped.")]
    private partial void LogStopped(Exception exception);
}
