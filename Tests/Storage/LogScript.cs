using System.Text;
using Doozer.Simulation;
using Doozer.Storage;
using Doozer.Storage.Format;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Storage;

/// <summary>Writes a small log on a simulated disk, one group write at a time, and reads it back.</summary>
internal static class LogScript
{
    public const string Directory = "log";

    public static WriteAheadLogOptions Options { get; } =
        new() { SegmentBytes = 2048, MaxRecordBytes = 512, MaxQueuedBytes = 1 << 16 };

    public static string PathOf(long sequence) => Path.Combine(Directory, SegmentHeader.NameOf(sequence));

    /// <summary>
    /// A log in which every argument is one flushed write of records separated by commas; it ends as a kill leaves it.
    /// </summary>
    public static SimulatedDisk Write(params string[] writes)
    {
        var disk = new SimulatedDisk();
        using SegmentedLog log = Open(disk, []);
        foreach (string write in writes)
            Append(log, write.Split(','));
        return disk;
    }

    public static SegmentedLog Open(IStorageDevice disk, List<string> replayed) =>
        SegmentedLog.Open(
            disk,
            Directory,
            Options,
            (group, payload) => replayed.Add(group + "/" + Encoding.UTF8.GetString(payload.Span)),
            NullLogger.Instance);

    public static void Append(SegmentedLog log, params string[] payloads)
    {
        WriteOnly(log, payloads);
        log.Flush();
    }

    public static void WriteOnly(SegmentedLog log, params string[] payloads)
    {
        Span<byte> rest = Encode(payloads).AsSpan();
        while (!rest.IsEmpty)
            rest = rest[log.Write(rest)..];
    }

    public static List<string> Recover(IStorageDevice disk)
    {
        List<string> replayed = [];
        Open(disk, replayed).Dispose();
        return replayed;
    }

    public static StorageException ShouldRefuse(IStorageDevice disk)
    {
        StorageException error = Should.Throw<StorageException>(() => Recover(disk));
        error.Error.ShouldBe(StorageError.Damaged);
        return error;
    }

    /// <summary>The offsets of the segment's records and marks, and the end after them.</summary>
    public static List<int> Offsets(byte[] segment)
    {
        List<int> offsets = [SegmentHeader.Size];
        while (segment[offsets[^1] + 16] != 0)
            offsets.Add(offsets[^1] + LogRecord.SizeAt(segment.AsSpan(offsets[^1])));
        return offsets;
    }

    private static byte[] Encode(string[] payloads)
    {
        var batch = new AppendBatch();
        foreach (string payload in payloads)
            _ = batch.Add("g", 1, Encoding.UTF8.GetBytes(payload));
        return batch.Records.ToArray();
    }
}
