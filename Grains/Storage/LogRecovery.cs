using Doozer.Storage.Format;
using Microsoft.Extensions.Logging;

namespace Doozer.Storage;

/// <summary>The newest segment, repaired, and where to go on in it.</summary>
internal readonly record struct RecoveredLog(ILogFile File, SegmentHeader Header, long End, bool EndsWithMark);

/// <summary>Reads a log from its oldest segment to its last, and makes what it read durable before anyone relies on it.</summary>
internal sealed partial class LogRecovery(
    IStorageDevice device, string directory, long oldest, Action<string, ReadOnlyMemory<byte>> replay, ILogger logger)
{
    private long _records;

    /// <returns>Null when there is no log yet.</returns>
    public RecoveredLog? Run()
    {
        long last = LastSegment();
        if (last < oldest)
            return null;

        // A process may have died after it gave the newest segment its name and before that was durable. A seal in the one before
        // says for good that it follows.
        device.FlushDirectory(directory);
        ILogFile? file = null;
        try
        {
            long sequence = oldest;
            file = OpenSegment(sequence, null, out SegmentHeader header);
            for (; sequence < last; sequence++)
            {
                // The next header is read first: it says where this segment's records must end.
                ILogFile next = OpenSegment(sequence + 1, header, out SegmentHeader nextHeader);
                using (file)
                {
                    // A crash may come after the newest segment got its name and before its predecessor got the seal, or the
                    // seal's flush may have failed, as below.
                    bool mayLackSeal = sequence + 1 == last;
                    Scan(file, header).ReadFull(nextHeader.PreviousEnd, mayLackSeal, Count);
                    if (mayLackSeal)
                        SegmentedLog.Seal(file, header.Salt, nextHeader.PreviousEnd);
                }

                (file, header) = (next, nextHeader);
            }

            SegmentTail tail = Scan(file, header).ReadNewest(Count);
            Repair(file, header, tail);
            LogRecovered(directory, last - oldest + 1, _records);
            return new RecoveredLog(file, header, tail.End, tail.EndsWithMark);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private SegmentScan Scan(ILogFile file, SegmentHeader header) =>
        new(PathOf(header.Sequence), header, new SegmentReader(file, header.Length));

    private void Count(string group, ReadOnlyMemory<byte> payload)
    {
        _records++;
        replay(group, payload);
    }

    /// <summary>The newest segment, when all from the oldest needed on are there; else one before that.</summary>
    private long LastSegment()
    {
        var sequences = new List<long>();
        foreach (string name in device.List(directory))
        {
            if (!name.EndsWith(SegmentHeader.Extension, StringComparison.Ordinal))
                continue;
            if (!SegmentHeader.TryParseName(name, out long sequence))
                throw StorageException.Damaged(Path.Combine(directory, name), 0, "a file has a name that is not a segment's");

            // Older ones are on their way out; a crash may leave any of them.
            if (sequence >= oldest)
                sequences.Add(sequence);
        }

        sequences.Sort();
        for (int i = 0; i < sequences.Count; i++)
        {
            if (sequences[i] != oldest + i)
                throw StorageException.Damaged(PathOf(oldest + i), 0, "a segment is missing");
        }

        return oldest + sequences.Count - 1;
    }

    private ILogFile OpenSegment(long sequence, SegmentHeader? previous, out SegmentHeader header)
    {
        string path = PathOf(sequence);
        ILogFile file = device.Open(path);
        try
        {
            long length = file.Length;
            if (length < SegmentHeader.Size)
                throw StorageException.Damaged(path, length, "the file is too short for a segment header");
            Span<byte> bytes = stackalloc byte[SegmentHeader.Size];
            file.Read(bytes, 0);
            header = SegmentHeader.Read(bytes, out string? fault);
            if (fault is not null)
                throw StorageException.Damaged(path, 0, fault);
            if (header.Sequence != sequence)
                throw StorageException.Damaged(path, 0, $"the file holds segment {header.Sequence}");

            // The size was durable before the first record was: no crash shortens the file, and what is gone may have been
            // promised.
            if (header.Length != length)
            {
                throw StorageException.Damaged(
                    path, Math.Min(length, header.Length), $"the file was made with {header.Length} bytes but has {length}");
            }

            if (previous is { } before && before.Salt != header.PreviousSalt)
                throw StorageException.Damaged(path, 0, "the segment does not belong to the one before it");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Repair(ILogFile file, SegmentHeader header, SegmentTail tail)
    {
        // What is read here may stand only in the page cache, and after a failed flush the kernel may even hold it clean: a flush
        // alone would then promise what is not on the disk. Writing it again makes the flush a real one.
        Rewrite(file, tail.Unproven, tail.End);

        // Bytes left behind could line up with records to come, so nothing of a torn write may stay; not even on the disk below
        // the zeros of an earlier start.
        Zero(file, tail.End, header.Length);
        if (tail.TornEnd > tail.End)
            LogTornTailCut(PathOf(header.Sequence), tail.End, tail.TornEnd - tail.End);
        file.Flush();
    }

    private static void Rewrite(ILogFile file, long from, long to)
    {
        byte[] piece = new byte[(int)Math.Min(1 << 20, to - from)];
        for (; from < to; from += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, to - from));
            file.Read(part, from);
            file.Write(part, from);
        }
    }

    private static void Zero(ILogFile file, long from, long to)
    {
        byte[] zeros = new byte[(int)Math.Min(1 << 20, to - from)];
        for (; from < to; from += zeros.Length)
            file.Write(zeros.AsSpan(0, (int)Math.Min(zeros.Length, to - from)), from);
    }

    private string PathOf(long sequence) => Path.Combine(directory, SegmentHeader.NameOf(sequence));

    [LoggerMessage(40, LogLevel.Information, "Recovered the log in '{Directory}'; records: {Records}, segments: {Segments}.")]
    private partial void LogRecovered(string directory, long segments, long records);

    [LoggerMessage(
        41, LogLevel.Warning, "Cut a torn write of {Bytes} bytes off '{File}' at offset {Offset}; it was never acknowledged.")]
    private partial void LogTornTailCut(string file, long offset, long bytes);
}
