using System.Buffers;
using System.Buffers.Binary;
using Doozer.Paxos;
using Doozer.Storage;
using Doozer.Storage.Format;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>
/// A tree as a snapshot's content. Before it, in version 2, stand the configurations after the snapshot's slot, behind their
/// length (4 bytes). Version 1 is written while they are those that the group began with.
/// </summary>
internal static class TreeSnapshotFile
{
    /// <summary>More than two quorum systems of the most acceptors take.</summary>
    private const int MaxConfigurationBytes = 1 << 16;

    /// <summary>The bytes of a snapshot.</summary>
    /// <param name="group">The name that the snapshot has: of a namespace, or of a group.</param>
    /// <param name="slot">The last slot in the tree.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="configurations">The configurations after that slot; null when the snapshot is to begin another group.</param>
    public static SnapshotEncoding Encode(
        string group, long slot, TreeCapture tree, Configurations? configurations = null)
    {
        var encoder = new TreeEncoder(tree);
        if (configurations is null || configurations.Newest.Epoch == 0)
            return new SnapshotEncoding(new SnapshotHeader(group, slot, tree.Revision), encoder.Encode);
        byte[]? encoded = configurations.Encode();
        return new SnapshotEncoding(
            new SnapshotHeader(group, slot, tree.Revision, SnapshotHeader.VersionWithConfigurations),
            (into, atLeast) =>
            {
                if (encoded is not null)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(into.GetSpan(sizeof(int)), encoded.Length);
                    into.Advance(sizeof(int));
                    into.Write(encoded);
                    encoded = null;
                }

                return encoder.Encode(into, atLeast);
            });
    }

    /// <summary>
    /// The tree of a snapshot, which is read to its end and so checked, and the configurations after its slot; null for those
    /// that the group began with.
    /// </summary>
    /// <exception cref="StorageException">The snapshot is damaged.</exception>
    public static (VersionedTree Tree, Configurations? Configurations) Load(SnapshotReader reader, TreeOptions options)
    {
        try
        {
            Configurations? configurations =
                reader.Header.Version == SnapshotHeader.VersionWithConfigurations ? ReadConfigurations(reader) : null;
            VersionedTree tree = new TreeDecoder(reader).Decode(options);
            return tree.Revision == reader.Header.Revision
                ? (tree, configurations)
                : throw reader.Damaged(0, $"it says revision {reader.Header.Revision}, but holds {tree.Revision}");
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw reader.Damaged(reader.Position, exception.Message.TrimEnd('.'));
        }
    }

    private static Configurations ReadConfigurations(SnapshotReader reader)
    {
        byte[] length = new byte[sizeof(int)];
        reader.ReadExactly(length);
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (bytes is < 0 or > MaxConfigurationBytes)
            throw new InvalidDataException($"its configurations take {bytes} bytes");
        byte[] encoded = new byte[bytes];
        reader.ReadExactly(encoded);
        return Configurations.Decode(encoded);
    }
}
