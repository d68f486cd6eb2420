namespace Doozer;

/// <summary>
/// The disk of a node that the write needs is nearly full. Nothing was changed; reads and deletes still work, and writes do again
/// as soon as there is room.
/// </summary>
[GenerateSerializer, Alias("Doozer.DiskFullException")]
public sealed class DiskFullException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="node">The node, or the nodes, whose disks are full.</param>
    /// <param name="free">Bytes that are left there; 0 when that is not known.</param>
    public DiskFullException(string node, long free)
        : base(
            "disk-full",
            $"Nothing was written, since the disk of {node} is nearly full{(free > 0 ? $" ({free} bytes are left)" : "")}; " +
            "make room there. Reads and deletes go on.")
    {
        Node = node;
        Free = free;
    }

    /// <summary>The node, or the nodes, whose disks are full.</summary>
    [Id(0)]
    public string Node { get; }

    /// <summary>Bytes that are left there; 0 when that is not known.</summary>
    [Id(1)]
    public long Free { get; }
}
