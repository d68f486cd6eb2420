using Doozer.Storage;
using Doozer.Storage.Format;
using Doozer.Tree;

namespace Doozer.Replicas;

/// <summary>A tree as a snapshot's content.</summary>
internal static class TreeSnapshotFile
{
    /// <summary>The bytes of a snapshot.</summary>
    public static SnapshotEncoding Encode(string @namespace, long slot, TreeCapture tree) =>
        new(new SnapshotHeader(@namespace, slot, tree.Revision), new TreeEncoder(tree).Encode);

    /// <summary>The tree of a snapshot, which is read to its end and so checked.</summary>
    /// <exception cref="StorageException">The snapshot is damaged.</exception>
    public static VersionedTree Load(SnapshotReader reader, TreeOptions options)
    {
        try
        {
            VersionedTree tree = new TreeDecoder(reader).Decode(options);
            return tree.Revision == reader.Header.Revision
                ? tree
                : throw reader.Damaged(0, $"it says revision {reader.Header.Revision}, but holds {tree.Revision}");
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw reader.Damaged(reader.Position, exception.Message.TrimEnd('.'));
        }
    }
}
