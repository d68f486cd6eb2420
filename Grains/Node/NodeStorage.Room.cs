namespace Doozer.Node;

/// <summary>How much room the disk has.</summary>
internal sealed partial class NodeStorage
{
    // The next two segments' worth, nearly: the log makes a segment when the one before is half full.
    private readonly long _reserve = options.Log.SegmentBytes / 2 * 3;
    private DiskStatus? _disk;

    /// <summary>The room as it was when somebody last looked; null when nobody has.</summary>
    public DiskStatus? Disk => Volatile.Read(ref _disk);

    /// <summary>Whether the disk is so full that only what makes room should be written.</summary>
    public bool IsDiskLow => Disk is { IsLow: true };

    /// <summary>Looks how much room there is.</summary>
    public DiskStatus LookAtDisk()
    {
        long free = Directory.FreeBytes();
        var found = new DiskStatus(free, _reserve, free < _reserve);
        Volatile.Write(ref _disk, found);
        return found;
    }

    /// <summary>
    /// Whether the log could be shorter if the namespace needed less of it. On a full disk that is what makes room.
    /// </summary>
    public bool MayGiveRoom(string @namespace) => IsDiskLow && Retention.KeepsFullSegmentsFor(@namespace);

    // A snapshot can be written later. What a node promises cannot, and needs the last of the room.
    internal void RequireRoomForSnapshot()
    {
        long free = Directory.FreeBytes();
        if (free < _reserve / 4)
            throw new IOException($"only {free} bytes are free on the disk of '{Directory.Path}'");
    }
}
