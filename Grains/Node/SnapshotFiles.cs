using System.Security.Cryptography;
using System.Text;
using Doozer.Replicas;
using Doozer.Storage;
using Doozer.Storage.Format;
using Doozer.Tree;

namespace Doozer.Node;

/// <summary>What a snapshot file holds.</summary>
/// <param name="Namespace">The namespace it is of.</param>
/// <param name="Slot">The last slot of the log that is in it.</param>
/// <param name="Revision">Its newest revision.</param>
/// <param name="OldestRevision">Its oldest revision that can be read.</param>
/// <param name="Files">How many files the newest revision has.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Digest">Its SHA-256 in hexadecimal, as it stands at its end.</param>
public sealed record SnapshotInfo(
    string Namespace, long Slot, long Revision, long OldestRevision, long Files, long Bytes, string Digest);

/// <summary>A snapshot file cannot be used, or not be restored; the message says why, and in which file.</summary>
public sealed class SnapshotFileException(string message, Exception? inner = null) : Exception(message, inner), IOperatorError;

/// <summary>Snapshot files outside of a running node.</summary>
public static class SnapshotFiles
{
    // Whatever history a node was set to keep.
    private static readonly TreeOptions Everything = new() { HistoryLimit = 100_000_000, HistoryBytes = long.MaxValue };

    /// <summary>Least revisions that a restored namespace leaves out after its snapshot, and how many by default.</summary>
    public const long LeastBump = 1_000_000;

    /// <summary>Most revisions that a restored namespace leaves out.</summary>
    public const long MostBump = 1_000_000_000_000;

    /// <summary>Reads a snapshot file to its end and checks all of it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="SnapshotFileException">It is damaged, or cannot be read.</exception>
    public static SnapshotInfo Verify(string path)
    {
        try
        {
            return Load(path).Info;
        }
        catch (StorageException damage)
        {
            throw new SnapshotFileException($"{damage.Message}; do not use this file.", damage);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string reason = Directory.Exists(path) ? "it is a directory." : exception.Message;
            throw new SnapshotFileException($"The snapshot '{path}' cannot be read: {reason}", exception);
        }
    }

    /// <summary>
    /// Makes the data directory of a node of a new cluster that begins with the snapshots. The directories of all its nodes must
    /// be made from the same files with the same <paramref name="bump"/>: a node made otherwise is refused by them.
    /// </summary>
    /// <remarks>
    /// What was written after a snapshot is lost, but clients may have seen it. So that none of its revisions is given again,
    /// each namespace goes on from a revision <paramref name="bump"/> later, and everything before that is too late to be read
    /// or watched from. The files keep their revisions. The list of namespaces then has those of the files, and no others.
    /// </remarks>
    /// <param name="files">Snapshots of different namespaces, at least one.</param>
    /// <param name="directory">The data directory; must not exist, or be empty.</param>
    /// <param name="cluster">Name of the cluster.</param>
    /// <param name="node">The node's id.</param>
    /// <param name="bump">How many revisions to leave out, from <see cref="LeastBump"/> to <see cref="MostBump"/>; more than were
    /// written after any of the snapshots.</param>
    /// <returns>The snapshots that the directory was given.</returns>
    /// <exception cref="SnapshotFileException">A file is damaged, or the directory cannot be made.</exception>
    public static IReadOnlyList<SnapshotInfo> Restore(
        IReadOnlyList<string> files, string directory, string cluster, string node, long bump = LeastBump)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bump, LeastBump);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bump, MostBump);
        SnapshotInfo[] infos = [.. files.Select(Verify)];
        if (infos.GroupBy(info => info.Namespace).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new SnapshotFileException($"Two of the files are snapshots of the namespace '{twice.Key}'; give one of each.");
        using DataDirectory data = OpenNew(directory, cluster, node);
        try
        {
            // A directory that is not wholly restored must not be taken for one that is, or for one that never was.
            data.Snapshots.BeginRestore();
            SnapshotInfo main = Restore(files, infos, bump, data.Snapshots);
            data.Snapshots.FinishRestore(OriginOf([main, .. infos.Where(info => info.Namespace != Names.Main)]));
            return infos;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or StorageException)
        {
            throw new SnapshotFileException(
                $"'{directory}' is not wholly restored: {exception.Message} Delete that new folder and try again.",
                exception);
        }
    }

    // Nothing in the directory is anybody else's.
    private static DataDirectory OpenNew(string directory, string cluster, string node)
    {
        if (File.Exists(directory))
            throw new SnapshotFileException($"'{directory}' is a file; give a new folder.");
        try
        {
            return Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()
                ? throw new SnapshotFileException(
                    $"The data directory '{directory}' is not empty; a snapshot is restored into a new one only.")
                : DataDirectory.Open(directory, cluster, node);
        }
        catch (StorageException exception)
        {
            throw new SnapshotFileException(exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SnapshotFileException($"The data directory '{directory}' cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Restores them all, and makes the list that <c>main</c> has say just that: what is not restored is not there any more. The
    /// groups get other names than any that there were.
    /// </summary>
    private static SnapshotInfo Restore(IReadOnlyList<string> files, SnapshotInfo[] infos, long bump, SnapshotStore store)
    {
        int given = Array.FindIndex(infos, info => info.Namespace == Names.Main);
        var header = new SnapshotHeader(Names.Main, Slot: 1, Revision: 0);
        var main = new VersionedTree(Everything);
        if (given >= 0)
            (header, main, _) = Load(files[given]);
        main.SkipTo(main.Revision + bump);
        foreach (string listed in NamespaceList.Groups(main.Latest).Select(group => group.Namespace))
        {
            if (!Array.Exists(infos, info => info.Namespace == listed))
                main.Apply(Command.Del(NamespaceList.PathOf(listed), Command.Clobber));
        }

        int[] others = [.. Enumerable.Range(0, infos.Length).Where(i => i != given)];
        foreach (int i in others.OrderBy(i => infos[i].Namespace, StringComparer.Ordinal))
            infos[i] = Restore(files[i], Enlist(main, infos[i].Namespace), bump, store);
        main.Publish();
        SnapshotInfo restored = Write(header, GroupName.Main, main, store);
        if (given >= 0)
            infos[given] = restored;
        return restored;
    }

    private static GroupName Enlist(VersionedTree main, string @namespace)
    {
        byte[] record = NamespaceList.Write(new NamespaceRecord());
        return new GroupName(
            @namespace, main.Apply(Command.Set(NamespaceList.PathOf(@namespace), record, Command.Clobber)).Revision);
    }

    private static SnapshotInfo Restore(string path, GroupName group, long bump, SnapshotStore store)
    {
        (SnapshotHeader header, VersionedTree tree, _) = Load(path);
        tree.SkipTo(tree.Revision + bump);
        return Write(header, group, tree, store);
    }

    private static SnapshotInfo Write(SnapshotHeader header, GroupName group, VersionedTree tree, SnapshotStore store)
    {
        string name = group.ToString();
        using SnapshotFile file = store.Create(name);
        using SnapshotEncoding encoding = TreeSnapshotFile.Encode(name, header.Slot, tree.Capture());
        while (encoding.TryNext(out ReadOnlyMemory<byte> piece))
            file.Append(piece.Span);
        SnapshotInfo info = InfoOf(header, tree, encoding.Length, encoding.Digest!);
        store.Commit(file, new SnapshotEntry(name, info.Slot, info.Revision, info.Bytes, info.Digest));
        return info;
    }

    private static (SnapshotHeader Header, VersionedTree Tree, SnapshotInfo Info) Load(string path)
    {
        using ILogFile file = FileDevice.Instance.OpenRead(path);
        long length = file.Length;
        using var reader = new SnapshotReader(file, path);
        (VersionedTree tree, _) = TreeSnapshotFile.Load(reader, Everything);
        return (reader.Header, tree, InfoOf(reader.Header, tree, length, reader.Digest!));
    }

    private static SnapshotInfo InfoOf(SnapshotHeader header, VersionedTree tree, long length, byte[] digest) => new(
        GroupName.Parse(header.Group)?.Namespace ?? header.Group,
        header.Slot,
        tree.Revision,
        tree.OldestRevision,
        tree.FileCount,
        length,
        Convert.ToHexString(digest));

    // Nodes that begin with the same bytes have the same origin; the bump is in them.
    private static string OriginOf(SnapshotInfo[] infos)
    {
        string all = string.Concat(infos.Select(info => info.Digest).Order(StringComparer.Ordinal));
        return Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(all)))[..16];
    }
}
