namespace Doozer.Tree;

/// <summary>
/// A tree being changed: the files by path, and the directories with the number of their entries. A pure function of the events
/// put into it, for the writer and for making an old revision again. Not for several threads.
/// </summary>
/// <param name="start">The tree to start from.</param>
/// <param name="edit">An edit number that nobody else uses; see <see cref="OrderedMap{TValue}"/>.</param>
internal sealed class TreeBuilder(TreeVersion start, long edit)
{
    private OrderedMap<TreeEvent> _files = start.Files;
    private OrderedMap<int> _directories = start.Directories;
    private long _edit = edit;

    /// <summary>Revision of the last event.</summary>
    public long Revision { get; private set; } = start.Revision;

    /// <summary>The file at a path, or null.</summary>
    public TreeEvent? Find(ReadOnlySpan<char> path) => _files.TryGet(path, out _, out TreeEvent? file) ? file : null;

    /// <summary>Whether a path is a directory; the root always is.</summary>
    public bool IsDirectory(ReadOnlySpan<char> path) => path is TreePath.Root || _directories.Contains(path);

    /// <summary>Whether a path is below a file.</summary>
    public bool IsBelowFile(string path)
    {
        // The nearest parent that exists decides: above a directory there are only directories.
        ReadOnlySpan<char> parent = TreePath.Parent(path);
        while (!IsDirectory(parent))
        {
            if (_files.Contains(parent))
                return true;
            parent = TreePath.Parent(parent);
        }

        return false;
    }

    /// <summary>Makes the next revision: the event must have passed the rules of <see cref="VersionedTree.Apply"/>.</summary>
    public void Put(TreeEvent change)
    {
        if (change.Revision != Revision + 1)
            throw new InvalidOperationException($"Revision {change.Revision} cannot follow {Revision}.");

        Revision = change.Revision;
        if (change.Kind == CommandKind.Set)
        {
            _files = _files.Set(change.Path, change, _edit, out bool added);
            if (added)
                AddEntry(change.Path);
        }
        else if (change.Kind == CommandKind.Del)
        {
            _files = _files.Remove(change.Path, _edit);
            RemoveEntry(change.Path);
        }
    }

    /// <summary>The tree as it is now. The builder goes on under a new edit number.</summary>
    public TreeVersion Freeze(long nextEdit)
    {
        _edit = nextEdit;
        return new TreeVersion(Revision, _files, _directories);
    }

    private void AddEntry(ReadOnlySpan<char> path)
    {
        while (true)
        {
            ReadOnlySpan<char> parent = TreePath.Parent(path);
            bool exists = _directories.TryGet(parent, out string? stored, out int entries);
            _directories = _directories.Set(stored ?? parent.ToString(), entries + 1, _edit, out _);
            if (exists || parent is TreePath.Root)
                return;
            path = parent;
        }
    }

    private void RemoveEntry(ReadOnlySpan<char> path)
    {
        while (true)
        {
            ReadOnlySpan<char> parent = TreePath.Parent(path);
            _directories.TryGet(parent, out string? stored, out int entries);
            if (entries > 1)
            {
                _directories = _directories.Set(stored!, entries - 1, _edit, out _);
                return;
            }

            _directories = _directories.Remove(parent, _edit);
            if (parent is TreePath.Root)
                return;
            path = parent;
        }
    }
}
