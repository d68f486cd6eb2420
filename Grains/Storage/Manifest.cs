using System.Globalization;
using System.Text;

namespace Doozer.Storage;

/// <summary>One namespace's snapshot as the manifest names it.</summary>
/// <param name="Group">Whose state it is.</param>
/// <param name="Slot">The last slot that is in it.</param>
/// <param name="Revision">The newest revision in it.</param>
/// <param name="Length">Bytes of its file.</param>
/// <param name="Digest">The file's digest in hexadecimal.</param>
internal sealed record SnapshotEntry(string Group, long Slot, long Revision, long Length, string Digest)
{
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Group}-{Slot:D16}{SnapshotStore.Extension}");
}

/// <summary>
/// What a data directory's log starts from: the oldest segment that must be there, and the snapshots that stand for what came
/// before. Written anew in one step before anything it no longer names is deleted, so a missing file is always noticed.
/// </summary>
/// <param name="OldestSegment">Segments before this one may be gone.</param>
/// <param name="Origin">
/// Of a directory that was made from snapshots, a digest of them: only nodes restored from the same ones may make a quorum.
/// Empty otherwise.
/// </param>
/// <param name="Snapshots">One for each namespace that has one, by name.</param>
internal sealed record Manifest(long OldestSegment, string Origin, IReadOnlyList<SnapshotEntry> Snapshots)
{
    /// <summary>Most snapshots that a manifest can name.</summary>
    public const int MaxSnapshots = 10_000;

    /// <summary>No manifest is longer: a snapshot's line has at most 220 bytes.</summary>
    public const int MaxBytes = (MaxSnapshots + 10) * 256;

    private const string Heading = "doozer manifest, format 1";
    private const string None = "none";
    private const string Unfinished = "unfinished";

    /// <summary>Of a directory that nothing was deleted from.</summary>
    public static Manifest Initial { get; } = new(Format.SegmentHeader.FirstSequence, "", []);

    /// <summary>Of a directory that is being made from snapshots, and lacks some of them.</summary>
    public static Manifest BeingRestored { get; } = Initial with { Origin = Unfinished };

    /// <summary>Whether the directory was to be made from snapshots, and not all of them are in it.</summary>
    public bool IsUnfinished => Origin == Unfinished;

    public SnapshotEntry? Find(string group)
    {
        foreach (SnapshotEntry entry in Snapshots)
        {
            if (entry.Group == group)
                return entry;
        }

        return null;
    }

    /// <summary>The manifest with a snapshot in place of any other of its namespace.</summary>
    public Manifest With(SnapshotEntry entry)
    {
        List<SnapshotEntry> snapshots = [.. Snapshots.Where(other => other.Group != entry.Group), entry];
        snapshots.Sort((one, other) => string.CompareOrdinal(one.Group, other.Group));
        return this with { Snapshots = snapshots };
    }

    /// <summary>The manifest without a snapshot of a namespace.</summary>
    public Manifest Without(string group) => this with { Snapshots = [.. Snapshots.Where(entry => entry.Group != group)] };

    public byte[] Render()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Heading}\norigin: {(Origin.Length == 0 ? None : Origin)}\noldest segment: {OldestSegment}\n");
        foreach (SnapshotEntry entry in Snapshots)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"snapshot: {entry.Group} {entry.Slot} {entry.Revision} {entry.Length} {entry.Digest}\n");
        }

        uint checksum = Crc32C.Compute(Encoding.UTF8.GetBytes(text.ToString()));
        text.Append(CultureInfo.InvariantCulture, $"crc32c: {checksum:x8}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <returns>Null when the bytes are not, to the last one, what <see cref="Render"/> makes.</returns>
    public static Manifest? Parse(ReadOnlySpan<byte> bytes)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines.Length < 5
            || Field(lines[1], "origin: ") is not { } origin
            || !long.TryParse(
                Field(lines[2], "oldest segment: "), NumberStyles.None, CultureInfo.InvariantCulture, out long oldest))
        {
            return null;
        }

        var snapshots = new List<SnapshotEntry>();
        foreach (string line in lines[3..^2])
        {
            if (Field(line, "snapshot: ")?.Split(' ') is not [var group, var slot, var revision, var length, var digest])
                return null;
            snapshots.Add(new SnapshotEntry(group, Number(slot), Number(revision), Number(length), digest));
        }

        var manifest = new Manifest(oldest, origin == None ? "" : origin, snapshots);
        return bytes.SequenceEqual(manifest.Render()) ? manifest : null;
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : -1;

    private static string? Field(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : null;
}
