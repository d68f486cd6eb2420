using System.Runtime.InteropServices;
using Doozer.Storage;
using Doozer.Storage.Format;

namespace Doozer.Simulation;

/// <summary>
/// What a log owes through all its lives: it gives back what was appended, in order, without gaps, from what was kept through
/// what was durable, and then perhaps more of the same, but nothing else. Behind it are zeros, on the disk as well.
/// </summary>
internal sealed class LogChecker(string node)
{
    private readonly List<Entry> _appended = [];
    private int _durable;
    private int _life;

    /// <summary>Something was appended; the answer is for <see cref="OnDurable"/>.</summary>
    public (int Life, int Count) OnAppended(string group, ReadOnlySpan<byte> payload)
    {
        _appended.Add(Entry.Of(group, payload));
        return (_life, _appended.Count);
    }

    public void OnDurable((int Life, int Count) through)
    {
        if (through.Life == _life)
            _durable = Math.Max(_durable, through.Count);
    }

    /// <summary>The log was opened and gave back these.</summary>
    public void OnRecovered(IReadOnlyList<(string Group, ReadOnlyMemory<byte> Payload)> found)
    {
        var entries = found.Select(record => Entry.Of(record.Group, record.Payload.Span)).ToList();
        SimulationFailureException.Require(
            entries.Count == 0 || Enumerable.Range(_durable, _appended.Count + 1 - _durable).Any(end => EndAt(end, entries)),
            $"{node} recovers {entries.Count} records from its log, which are not what was appended to it: {_appended.Count} " +
            $"in all, {_durable} of them durable");
        _appended.Clear();
        _appended.AddRange(entries);
        _durable = entries.Count;
        _life++;
    }

    /// <summary>The log is about to go on in its newest segment.</summary>
    public void OnOpened(SimulatedDisk disk, string directory)
    {
        string path = disk.List(directory).Where(name => SegmentHeader.TryParseName(name, out _)).Order(StringComparer.Ordinal)
            .Select(name => Path.Combine(directory, name)).Last();
        byte[] segment = disk[path];
        int end = SegmentHeader.Size;
        ulong salt = SegmentHeader.Read(segment.AsSpan(0, end), out _).Salt;
        while (LogRecord.TryReadHeader(segment.AsSpan(end), salt, end, out LogRecord record))
            end += record.Size;
        SimulationFailureException.Require(
            !segment.AsSpan(end).ContainsAnyExcept((byte)0) && !disk.Durable(path).AsSpan(end).ContainsAnyExcept((byte)0),
            $"{node} goes on in '{path}' at offset {end} though something stands behind that");
    }

    private bool EndAt(int end, List<Entry> entries) =>
        entries.Count <= end
        && CollectionsMarshal.AsSpan(_appended)[(end - entries.Count)..end].SequenceEqual(CollectionsMarshal.AsSpan(entries));

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(string Group, uint Checksum, int Length)
    {
        public static Entry Of(string group, ReadOnlySpan<byte> payload) => new(group, Crc32C.Compute(payload), payload.Length);
    }
}
