using System.Text.RegularExpressions;
using Doozer.Tree;

namespace Doozer.Tests.Tree;

/// <summary>
/// The rules as plainly as they can be written, to compare the tree with: every revision is a dictionary of its own.
/// </summary>
internal sealed class NaiveTree
{
    private readonly List<Dictionary<string, (long Revision, byte[] Body)>> _revisions = [[]];

    public long Revision => _revisions.Count - 1;

    public List<(long Revision, CommandKind Kind, string Path, byte[] Body)> Events { get; } = [];

    public ApplyResult Apply(Command command)
    {
        Dictionary<string, (long Revision, byte[] Body)> files = _revisions[^1];
        string path = command.Path;
        if (command.Kind != CommandKind.Nop)
        {
            if (path == "/" || files.Keys.Any(f => f.StartsWith(path + "/", StringComparison.Ordinal)))
                return new(Outcome.IsDirectory, 0);
            if (command.Kind == CommandKind.Set && files.Keys.Any(f => path.StartsWith(f + "/", StringComparison.Ordinal)))
                return new(Outcome.NotDirectory, 0);
            if (command.Kind == CommandKind.Del && !files.ContainsKey(path))
                return new(Outcome.NotFound, 0);
            long current = files.TryGetValue(path, out (long Revision, byte[] Body) file) ? file.Revision : 0;
            if (command.Revision != -1 && command.Revision < current)
                return new(Outcome.RevisionMismatch, current);
        }

        files = new(files, StringComparer.Ordinal);
        _revisions.Add(files);
        if (command.Kind == CommandKind.Set)
            files[path] = (Revision, command.Body.ToArray());
        else if (command.Kind == CommandKind.Del)
            files.Remove(path);
        Events.Add((Revision, command.Kind, path, command.Body.ToArray()));
        return new(Outcome.Done, Revision);
    }

    public IEnumerable<(string Path, long Revision, byte[] Body)> Walk(long revision, Regex glob, string after) =>
        _revisions[(int)revision]
            .Where(f => glob.IsMatch(f.Key) && string.CompareOrdinal(f.Key, after) > 0)
            .OrderBy(f => f.Key, StringComparer.Ordinal)
            .Select(f => (f.Key, f.Value.Revision, f.Value.Body));

    public IEnumerable<TreeEntry> List(long revision, string directory, string after)
    {
        string prefix = directory == "/" ? "/" : directory + "/";
        Dictionary<string, (long Revision, byte[] Body)> files = _revisions[(int)revision];
        return files.Keys
            .Where(f => f.StartsWith(prefix, StringComparison.Ordinal))
            .Select(f => f[prefix.Length..].Split('/')[0])
            .Distinct()
            .Where(name => string.CompareOrdinal(name, after) > 0)
            .Order(StringComparer.Ordinal)
            .Select(name => files.TryGetValue(prefix + name, out (long Revision, byte[] Body) file)
                ? new TreeEntry(name, TreeEntryKind.File, file.Revision, file.Body.Length)
                : new TreeEntry(name, TreeEntryKind.Directory, 0, List(revision, prefix + name, "").Count()));
    }

    public TreeLookup Lookup(long revision, string path)
    {
        if (_revisions[(int)revision].TryGetValue(path, out (long Revision, byte[] Body) file))
            return new(TreeEntryKind.File, file.Revision, file.Body.Length, file.Body);
        int entries = List(revision, path, "").Count();
        return new(entries > 0 || path == "/" ? TreeEntryKind.Directory : TreeEntryKind.Missing, 0, entries, []);
    }
}
