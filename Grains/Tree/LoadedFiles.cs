using System.Runtime.InteropServices;

namespace Doozer.Tree;

/// <summary>
/// While a tree is loaded: its files, first those of the oldest tree, then as the events leave them. Each tree is made in one go,
/// the oldest when it is asked for; replaying hundreds of thousands of events into a tree would take longer than all the rest.
/// </summary>
internal sealed class LoadedFiles
{
    private readonly List<string> _oldest = [];
    private readonly List<TreeEvent?> _files = [];
    private Dictionary<string, int>? _places;

    /// <summary>Adds a file of the oldest tree, whose path must be after the one before.</summary>
    public void AddOldest(TreeEvent file)
    {
        if (_oldest.Count > 0 && string.CompareOrdinal(_oldest[^1], file.Path) >= 0)
            throw new InvalidDataException($"The encoded tree is malformed: the path '{file.Path}' is out of order.");
        _oldest.Add(file.Path);
        _files.Add(file);
    }

    /// <summary>The oldest tree, when all its files have been added. It is of that revision.</summary>
    public Lazy<TreeVersion> Oldest(long revision)
    {
        string[] paths = [.. _oldest];
        TreeEvent[] files = [.. _files.Select(file => file!)];
        OrderedMap<int> directories = Directories(paths);
        return new Lazy<TreeVersion>(
            () => new TreeVersion(revision, OrderedMap<TreeEvent>.FromSorted(paths, files), directories));
    }

    /// <summary>The file at a path, or null.</summary>
    public TreeEvent? Find(ReadOnlySpan<char> path) =>
        Places.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out int place) ? _files[place] : null;

    /// <summary>Adds what the next revision did, after all of the oldest tree.</summary>
    public void Put(TreeEvent change)
    {
        if (change.Kind == CommandKind.Nop)
            return;
        ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(Places, change.Path, out bool exists);
        if (!exists)
        {
            place = _files.Count;
            _files.Add(null);
        }

        _files[place] = change.Kind == CommandKind.Set ? change : null;
    }

    /// <summary>The tree as it is now, which is of that revision.</summary>
    public TreeVersion Tree(long revision)
    {
        Span<TreeEvent?> files = CollectionsMarshal.AsSpan(_files);
        List<TreeEvent> added = [];
        foreach (TreeEvent? file in files[_oldest.Count..])
        {
            if (file is not null)
                added.Add(file);
        }

        added.Sort(static (one, other) => string.CompareOrdinal(one.Path, other.Path));
        List<TreeEvent> sorted = Merge(files[.._oldest.Count], added);
        string[] paths = new string[sorted.Count];
        for (int i = 0; i < paths.Length; i++)
            paths[i] = sorted[i].Path;
        return new TreeVersion(
            revision, OrderedMap<TreeEvent>.FromSorted(paths, CollectionsMarshal.AsSpan(sorted)), Directories(paths));
    }

    private Dictionary<string, int> Places => _places ??= MakePlaces();

    private static List<TreeEvent> Merge(ReadOnlySpan<TreeEvent?> files, List<TreeEvent> added)
    {
        var sorted = new List<TreeEvent>(files.Length + added.Count);
        int next = 0;
        foreach (TreeEvent? file in files)
        {
            if (file is null)
                continue;
            while (next < added.Count && string.CompareOrdinal(added[next].Path, file.Path) < 0)
                sorted.Add(added[next++]);
            sorted.Add(file);
        }

        sorted.AddRange(CollectionsMarshal.AsSpan(added)[next..]);
        return sorted;
    }

    /// <summary>The directories that the files make, each with the number of its entries.</summary>
    private static OrderedMap<int> Directories(string[] files)
    {
        var entries = new Dictionary<string, int>(StringComparer.Ordinal);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = entries.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string file in files)
        {
            ReadOnlySpan<char> path = file;
            do
            {
                path = TreePath.Parent(path);
                ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(lookup, path, out bool exists);
                count++;
                if (exists)
                    break;
            }
            while (path is not TreePath.Root);
        }

        string[] paths = [.. entries.Keys];
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (Array.BinarySearch(files, path, StringComparer.Ordinal) >= 0)
                throw new InvalidDataException($"The encoded tree is malformed: '{path}' is both a file and a directory.");
        }

        return OrderedMap<int>.FromSorted(paths, Array.ConvertAll(paths, path => entries[path]));
    }

    private Dictionary<string, int> MakePlaces()
    {
        var places = new Dictionary<string, int>(_oldest.Count, StringComparer.Ordinal);
        for (int i = 0; i < _oldest.Count; i++)
            places.Add(_oldest[i], i);
        return places;
    }
}
