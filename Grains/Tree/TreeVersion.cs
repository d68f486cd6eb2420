namespace Doozer.Tree;

/// <summary>What is at a path.</summary>
internal enum TreeEntryKind : byte
{
    /// <summary>Nothing.</summary>
    Missing = 0,

    /// <summary>A file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,
}

/// <summary>What a <see cref="TreeVersion.Lookup"/> found.</summary>
/// <param name="Kind">File, directory, or nothing.</param>
/// <param name="Revision">Revision of a file's last write; 0 for a directory or nothing.</param>
/// <param name="Length">A file's length in bytes; a directory's number of entries.</param>
/// <param name="Body">A file's content, not to be changed; empty otherwise.</param>
/// <param name="Session">The session that holds the file; 0 for none.</param>
internal readonly record struct TreeLookup(TreeEntryKind Kind, long Revision, long Length, byte[] Body, long Session = 0);

/// <summary>One entry of a directory.</summary>
/// <param name="Name">Its name, without slashes.</param>
/// <param name="Kind">File or directory.</param>
/// <param name="Revision">A file's revision; 0 for a directory.</param>
/// <param name="Length">A file's length in bytes; a directory's number of entries.</param>
/// <param name="Session">The session that holds a file; 0 for none.</param>
internal readonly record struct TreeEntry(string Name, TreeEntryKind Kind, long Revision, long Length, long Session = 0);

/// <summary>Entries of a directory in ordinal order of their names.</summary>
/// <param name="Kind">What is at the path; unless it is a directory there are no entries.</param>
/// <param name="Entries">The entries of this page.</param>
/// <param name="More">Whether there are more after the last.</param>
internal readonly record struct TreeListing(TreeEntryKind Kind, IReadOnlyList<TreeEntry> Entries, bool More);

/// <summary>Files in ordinal order of their paths.</summary>
/// <param name="Files">The files of this page, each as the event that wrote it.</param>
/// <param name="More">Whether there are more after the last.</param>
/// <param name="GoOnAfter">
/// The last path that was looked at, when that is why the walk ended; null when it ended for another reason.
/// </param>
internal readonly record struct TreeWalk(IReadOnlyList<TreeEvent> Files, bool More, string? GoOnAfter = null);

/// <summary>The tree at one revision. Immutable, and safe for any thread.</summary>
internal sealed class TreeVersion
{
    internal TreeVersion(long revision, OrderedMap<TreeEvent> files, OrderedMap<int> directories)
    {
        Revision = revision;
        Files = files;
        Directories = directories;
    }

    /// <summary>The tree before the first revision.</summary>
    public static TreeVersion Empty { get; } = new(0, default, default);

    /// <summary>The revision.</summary>
    public long Revision { get; }

    /// <summary>The files by path.</summary>
    internal OrderedMap<TreeEvent> Files { get; }

    /// <summary>The directories by path, with the number of their entries. The root is not there while it is empty.</summary>
    internal OrderedMap<int> Directories { get; }

    /// <summary>Goes through the files one by one, and tells how many there are and what they count together.</summary>
    public (long Files, long Bytes) MeasureFiles()
    {
        long files = 0;
        long bytes = 0;
        for (OrderedMap<TreeEvent>.Cursor cursor = Files.GetCursor(); cursor.MoveNext(); files++)
            bytes += cursor.Value.Size;
        return (files, bytes);
    }

    /// <summary>Tells what is at a valid path.</summary>
    public TreeLookup Lookup(string path)
    {
        if (Files.TryGet(path, out _, out TreeEvent? file))
            return new TreeLookup(TreeEntryKind.File, file.Revision, file.Body.Length, file.Body, file.Session);
        if (Directories.TryGet(path, out _, out int entries) || path == TreePath.Root)
            return new TreeLookup(TreeEntryKind.Directory, 0, entries, []);
        return new TreeLookup(TreeEntryKind.Missing, 0, 0, []);
    }

    /// <summary>Lists a directory.</summary>
    /// <param name="path">A valid path.</param>
    /// <param name="after">Only names ordinally after this one; empty for all.</param>
    /// <param name="limit">At most this many entries, at least 1.</param>
    public TreeListing List(string path, string after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        TreeEntryKind kind = Lookup(path).Kind;
        if (kind != TreeEntryKind.Directory)
            return new TreeListing(kind, [], More: false);

        // Names among themselves sort as their paths do; only a name that goes on below it ("b/x" after "b-c") does not, and
        // those are passed over. So one stream of files and one of directories are each in order, and are merged.
        string prefix = path == TreePath.Root ? path : path + "/";
        var files = new ChildCursor<TreeEvent>(Files, prefix, after);
        var directories = new ChildCursor<int>(Directories, prefix, after);
        bool file = files.MoveNext();
        bool directory = directories.MoveNext();
        var entries = new List<TreeEntry>();
        while (file || directory)
        {
            if (entries.Count == limit)
                return new TreeListing(kind, entries, More: true);

            if (file && (!directory || files.Name.SequenceCompareTo(directories.Name) < 0))
            {
                TreeEvent child = files.Value;
                entries.Add(
                    new(files.Name.ToString(), TreeEntryKind.File, child.Revision, child.Body.Length, child.Session));
                file = files.MoveNext();
            }
            else
            {
                entries.Add(new(directories.Name.ToString(), TreeEntryKind.Directory, 0, directories.Value));
                directory = directories.MoveNext();
            }
        }

        return new TreeListing(kind, entries, More: false);
    }

    /// <summary>Reads the files whose paths match a glob.</summary>
    /// <param name="glob">The glob.</param>
    /// <param name="after">Only paths ordinally after this one; empty for all.</param>
    /// <param name="limit">At most this many files, at least 1.</param>
    /// <param name="maxBytes">The page ends once its bodies reach this many bytes.</param>
    /// <param name="maxLooks">It ends, too, when so many files were looked at; at least 1.</param>
    public TreeWalk Walk(Glob glob, string after, int limit, long maxBytes, int maxLooks = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLooks, 1);
        var files = new List<TreeEvent>();
        long bytes = 0;
        OrderedMap<TreeEvent>.Cursor cursor = Files.GetCursor();
        if (string.CompareOrdinal(after, glob.Prefix) < 0)
            cursor.Seek(glob.Prefix, inclusive: true);
        else
            cursor.Seek(after, inclusive: false);

        while (cursor.MoveNext() && cursor.Key.StartsWith(glob.Prefix, StringComparison.Ordinal))
        {
            if (glob.Matches(cursor.Key))
            {
                if (files.Count == limit || (files.Count > 0 && bytes >= maxBytes))
                    return new TreeWalk(files, More: true);
                files.Add(cursor.Value);
                bytes += cursor.Value.Body.Length;
            }

            if (glob.IsLiteral)
                break;
            if (--maxLooks == 0)
                return new TreeWalk(files, More: true, cursor.Key);
            if (EndOfDepth(cursor.Key, glob.Depth) is { } end)
                cursor.Seek(string.Concat(cursor.Key.AsSpan(0, end), ChildCursor.AfterSlash), inclusive: true);
        }

        return new TreeWalk(files, More: false);
    }

    // Where the directory at a glob's depth ends in a path that is deeper: nothing in that directory matches.
    private static int? EndOfDepth(string path, int depth)
    {
        if (depth == int.MaxValue)
            return null;
        int slashes = 0;
        for (int i = 0; i < path.Length; i++)
        {
            if (path[i] == '/' && slashes++ == depth)
                return i;
        }

        return null;
    }
}
