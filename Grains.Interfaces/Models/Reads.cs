namespace Doozer;

/// <summary>A file as a read found it.</summary>
/// <param name="Revision">Revision of the file's last write; 0 when it does not exist.</param>
/// <param name="Body">The content; empty when it does not exist. The receiver's own.</param>
/// <param name="TreeRevision">Revision of the tree that was read.</param>
/// <param name="Session">The session that holds the file; 0 for none.</param>
[GenerateSerializer, Alias("Doozer.FileContent")]
public sealed record FileContent(
    [property: Id(0)] long Revision,
    [property: Id(1)] byte[] Body,
    [property: Id(2)] long TreeRevision,
    [property: Id(3)] long Session = 0)
{
    /// <summary>Whether the file exists.</summary>
    public bool Exists => Revision != Revisions.Missing;
}

/// <summary>What is at a path.</summary>
public enum EntryKind
{
    /// <summary>Nothing.</summary>
    Missing = 0,

    /// <summary>A file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,
}

/// <summary>What is at a path, without its content.</summary>
/// <param name="Kind">File, directory, or nothing.</param>
/// <param name="Revision">A file's revision; 0 for a directory or nothing.</param>
/// <param name="Length">A file's length in bytes; a directory's number of entries.</param>
/// <param name="TreeRevision">Revision of the tree that was read.</param>
/// <param name="Session">The session that holds a file; 0 for none.</param>
/// <remarks>The alias is its name on the wire, which stays as it was first called.</remarks>
[GenerateSerializer, Immutable, Alias("Doozer.NodeStat")]
public sealed record EntryStat(
    [property: Id(0)] EntryKind Kind,
    [property: Id(1)] long Revision,
    [property: Id(2)] long Length,
    [property: Id(3)] long TreeRevision,
    [property: Id(4)] long Session = 0);

/// <summary>One entry of a directory.</summary>
/// <param name="Name">Its name, without slashes.</param>
/// <param name="Kind">File or directory.</param>
/// <param name="Revision">A file's revision; 0 for a directory.</param>
/// <param name="Length">A file's length in bytes; a directory's number of entries.</param>
/// <param name="Session">The session that holds a file; 0 for none.</param>
[GenerateSerializer, Immutable, Alias("Doozer.DirectoryEntry")]
public sealed record DirectoryEntry(
    [property: Id(0)] string Name,
    [property: Id(1)] EntryKind Kind,
    [property: Id(2)] long Revision,
    [property: Id(3)] long Length,
    [property: Id(4)] long Session = 0);

/// <summary>Entries of a directory in ordinal order of their names.</summary>
/// <param name="Entries">The entries of this page.</param>
/// <param name="More">Whether there are more after the last.</param>
/// <param name="TreeRevision">Revision of the tree that was read; pass it to read the next page of the same tree.</param>
[GenerateSerializer, Immutable, Alias("Doozer.DirectoryPage")]
public sealed record DirectoryPage(
    [property: Id(0)] DirectoryEntry[] Entries,
    [property: Id(1)] bool More,
    [property: Id(2)] long TreeRevision);

/// <summary>One file of a walk.</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="Revision">Revision of its last write.</param>
/// <param name="Body">Its content. The receiver's own.</param>
/// <param name="Session">The session that holds it; 0 for none.</param>
[GenerateSerializer, Alias("Doozer.WalkedFile")]
public sealed record WalkedFile(
    [property: Id(0)] string Path,
    [property: Id(1)] long Revision,
    [property: Id(2)] byte[] Body,
    [property: Id(3)] long Session = 0);

/// <summary>Files in ordinal order of their paths.</summary>
/// <param name="Files">The files of this page; also none, while there may be more, when many were looked at.</param>
/// <param name="More">Whether there may be more: go on after <see cref="GoOnAfter"/>.</param>
/// <param name="TreeRevision">Revision of the tree that was read; pass it to read the next page of the same tree.</param>
/// <param name="GoOnAfter">The path after which the next page begins; null when there is none.</param>
[GenerateSerializer, Alias("Doozer.WalkPage")]
public sealed record WalkPage(
    [property: Id(0)] WalkedFile[] Files,
    [property: Id(1)] bool More,
    [property: Id(2)] long TreeRevision,
    [property: Id(3)] string? GoOnAfter);
