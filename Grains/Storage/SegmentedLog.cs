using Doozer.Storage.Format;
using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>
/// The log on its files, without a thread, a queue or a task of its own: one caller writes encoded records and flushes
/// them. The node's <see cref="WriteAheadLog"/> drives it from a thread; a simulation may drive it step by step.
/// </summary>
internal sealed class SegmentedLog : IDisposable
{
    private const string NextName = "next.tmp";
    private readonly IStorageDevice _device;
    private readonly string _directory;
    private readonly long _segmentBytes;
    private ILogFile _file;
    private SegmentHeader _header;
    private long _end;
    private long _durable;
    private bool _endsWithMark;

    private SegmentedLog(IStorageDevice device, string directory, long segmentBytes, RecoveredLog? recovered)
    {
        _device = device;
        _directory = directory;
        _segmentBytes = segmentBytes;
        NextFile = CreateNextFile;
        if (recovered is { } log)
            (_file, _header, _end, _endsWithMark) = log;
        else
            StartSegment(SegmentHeader.FirstSequence, 0, 0);
        _durable = _end;
    }

    /// <summary>Gives the zeroed file for the next segment; replaced by a caller that prepares it ahead.</summary>
    public Func<ILogFile> NextFile { get; set; }

    /// <summary>Whether it is time to prepare the next segment's file.</summary>
    public bool IsHalfFull => _end > _header.Length / 2;

    public long Sequence => _header.Sequence;

    /// <summary>Flushes of segment files, which are what a write waits for.</summary>
    public long Syncs { get; private set; }

    public string CurrentPath => Path.Combine(_directory, _header.FileName);

    /// <param name="replay">Is called for every record in order, with a payload that is the receiver's to keep.</param>
    /// <param name="mustExist">Whether a log was there before, so that an empty directory means that it was lost.</param>
    /// <param name="oldest">The oldest segment that is needed; those before it go, if they are still there.</param>
    public static SegmentedLog Open(
        IStorageDevice device,
        string directory,
        WriteAheadLogOptions options,
        Action<string, ReadOnlyMemory<byte>> replay,
        ILogger logger,
        bool mustExist = false,
        long oldest = SegmentHeader.FirstSequence)
    {
        options.Validate();
        RecoveredLog? recovered = new LogRecovery(device, directory, oldest, replay, logger).Run();
        if (recovered is null && (mustExist || oldest > SegmentHeader.FirstSequence))
            throw StorageException.Damaged(Path.Combine(directory, SegmentHeader.NameOf(oldest)), 0, "the whole log is missing");
        var log = new SegmentedLog(device, directory, options.SegmentBytes, recovered);
        log.Mark();
        log.RemoveBefore(oldest);
        return log;
    }

    /// <summary>
    /// Deletes the segments before this one, which must be recorded as not needed. It touches nothing else and may run beside a
    /// write. What a crash leaves of them goes with the next start.
    /// </summary>
    public void RemoveBefore(long sequence)
    {
        foreach (string name in _device.List(_directory))
        {
            if (SegmentHeader.TryParseName(name, out long found) && found < sequence)
                _device.Delete(Path.Combine(_directory, name));
        }
    }

    /// <summary>
    /// Writes as many of the encoded records as the segment holds, at least one, and returns their bytes. They are durable
    /// after <see cref="Flush"/>.
    /// </summary>
    public int Write(Span<byte> records)
    {
        int fit = Stamp(records);
        if (fit == 0)
        {
            // A segment that has a successor is complete by definition, so all of it must be durable first.
            Flush();
            (ILogFile? full, ulong salt, long end) = (_file, _header.Salt, _end);
            StartSegment(_header.Sequence + 1, salt, end);
            using (full)
                Seal(full, salt, end);
            fit = Stamp(records);
        }

        _file.Write(records[..fit], _end);
        _end += fit;
        _endsWithMark = false;
        return fit;
    }

    public void Flush()
    {
        if (_durable == _end)
            return;
        _file.Flush();
        Syncs++;
        _durable = _end;
    }

    /// <summary>Leaves a durable mark behind the last record, if there is none.</summary>
    public void Mark()
    {
        Flush();
        if (_endsWithMark)
            return;
        Span<byte> mark = stackalloc byte[LogRecord.MarkSize];
        LogRecord.WriteMark(mark, LogRecordKind.Mark, _header.Salt, _end);
        _file.Write(mark, _end);
        _end += mark.Length;
        _endsWithMark = true;
        Flush();
    }

    /// <summary>A zeroed file for the next segment; it touches nothing else and may run beside a write.</summary>
    public ILogFile CreateNextFile() => _device.Create(Path.Combine(_directory, NextName), _segmentBytes);

    public void Dispose() => _file.Dispose();

    /// <summary>
    /// Says in a full segment that another follows. It is durable before anything in that other is acknowledged, so that
    /// losing the newest file is noticed like losing any.
    /// </summary>
    internal static void Seal(ILogFile file, ulong salt, long end)
    {
        Span<byte> seal = stackalloc byte[LogRecord.MarkSize];
        LogRecord.WriteMark(seal, LogRecordKind.Seal, salt, end);
        file.Write(seal, end);
        file.Flush();
    }

    /// <summary>Gives the records that fit their place, and returns how many bytes they take.</summary>
    private int Stamp(Span<byte> records)
    {
        int fit = 0;
        while (fit < records.Length)
        {
            int size = LogRecord.SizeAt(records[fit..]);

            if (_end + fit + size + LogRecord.ReservedSize > _header.Length)
                break;
            LogRecord.Stamp(records[fit..], _header.Salt, _end + fit, _durable);
            fit += size;
        }

        return fit;
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_file))]
    private void StartSegment(long sequence, ulong previousSalt, long previousEnd)
    {
        ILogFile file = NextFile();
        var header = new SegmentHeader(sequence, file.Length, _device.NewSalt(), previousSalt, previousEnd);
        Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
        header.Write(bytes);
        file.Write(bytes, 0);
        file.Flush();

        // Only now does the segment get its name: recovery may take any named segment's header as durable.
        _device.Rename(Path.Combine(_directory, NextName), Path.Combine(_directory, header.FileName));
        _device.FlushDirectory(_directory);
        (_file, _header, _end, _durable, _endsWithMark) = (file, header, SegmentHeader.Size, SegmentHeader.Size, true);
    }
}
