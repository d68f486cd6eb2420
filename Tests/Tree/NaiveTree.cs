using System.Text.RegularExpressions;
using Doozer.Simulation;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>
/// What can be read of the tree, as plainly as it can be written, to compare the tree with: every revision has all files of its
/// own.
/// </summary>
internal sealed class NaiveTree
{
    private readonly PlainTree _plain = new(requestLimit: 0);
    private readonly List<Dictionary<string, PlainFile>> _revisions = [[]];

    public long Revision => _plain.Revision;

    public List<PlainEvent> Events => _plain.Events;

    public ApplyResult Apply(Command command)
    {
        ApplyResult result = _plain.Apply(command);
        var files = new Dictionary<string, PlainFile>(_plain.Files, StringComparer.Ordinal);
        while (_revisions.Count <= Revision)
            _revisions.Add(files);
        return result;
    }

    /// <summary>The last revision of the transaction that a revision is part of.</summary>
    public long EndOf(long revision) => Events[(int)revision - 1].End;

    /// <summary>The first revision after this one that begins a transaction.</summary>
    public long BeginAfter(long revision) => revision == 0 ? 1 : EndOf(revision) + 1;

    public IEnumerable<(string Path, PlainFile File)> Walk(long revision, Regex glob, string after) =>
        _revisions[(int)revision]
            .Where(f => glob.IsMatch(f.Key) && string.CompareOrdinal(f.Key, after) > 0)
            .OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => (f.Key, f.Value));

    public IEnumerable<TreeEntry> List(long revision, string directory, string after)
    {
        string prefix = directory == "/" ? "/" : directory + "/";
        Dictionary<string, PlainFile> files = _revisions[(int)revision];
        return files.Keys
            .Where(f => f.StartsWith(prefix, StringComparison.Ordinal))
            .Select(f => f[prefix.Length..].Split('/')[0])
            .Distinct()
            .Where(name => string.CompareOrdinal(name, after) > 0)
            .Order(StringComparer.Ordinal)
            .Select(name => files.TryGetValue(prefix + name, out PlainFile? file)
                ? new TreeEntry(name, TreeEntryKind.File, file.Revision, file.Body.Length, file.Session)
                : new TreeEntry(name, TreeEntryKind.Directory, 0, List(revision, prefix + name, "").Count()));
    }

    public TreeLookup Lookup(long revision, string path)
    {
        if (_revisions[(int)revision].TryGetValue(path, out PlainFile? file))
            return new(TreeEntryKind.File, file.Revision, file.Body.Length, file.Body, file.Session);
        int entries = List(revision, path, "").Count();
        return new(entries > 0 || path == "/" ? TreeEntryKind.Directory : TreeEntryKind.Missing, 0, entries, []);
    }
}
