using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>The rules of the tree as plainly as they can be written, to compare every replica's with.</summary>
internal sealed class PlainTree
{
    private readonly Dictionary<string, (long Revision, string Body)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, ApplyResult> _results = [];

    public long Revision { get; private set; }

    public IReadOnlyDictionary<string, (long Revision, string Body)> Files => _files;

    public ApplyResult Apply(in Command command)
    {
        // A request that was applied is answered from memory. (The simulator's runs are shorter than that memory.)
        if (command.RequestId != Guid.Empty && _results.TryGetValue(command.RequestId, out ApplyResult known))
            return known;
        ApplyResult result = Execute(command);
        if (command.RequestId != Guid.Empty)
            _results.Add(command.RequestId, result);
        return result;
    }

    private ApplyResult Execute(in Command command)
    {
        if (command.Kind != CommandKind.Nop && Refuse(command) is { } refusal)
            return refusal;
        Revision++;
        if (command.Kind == CommandKind.Set)
            _files[command.Path] = (Revision, System.Text.Encoding.UTF8.GetString(command.Body.Span));
        else if (command.Kind == CommandKind.Del)
            _files.Remove(command.Path);
        return new ApplyResult(Outcome.Done, Revision);
    }

    private ApplyResult? Refuse(in Command command)
    {
        string path = command.Path;
        bool exists = _files.TryGetValue(path, out (long Revision, string Body) file);
        if (!exists && IsDirectory(path))
            return new ApplyResult(Outcome.IsDirectory, 0);
        if (!exists && command.Kind == CommandKind.Del)
            return new ApplyResult(Outcome.NotFound, 0);
        if (!exists && IsBelowFile(path))
            return new ApplyResult(Outcome.NotDirectory, 0);
        if (command.Revision != Command.Clobber && command.Revision < file.Revision)
            return new ApplyResult(Outcome.RevisionMismatch, file.Revision);
        return command.Kind == CommandKind.Set && IsTooMuch(command) ? new ApplyResult(Outcome.StoreFull, 0) : null;
    }

    private bool IsTooMuch(in Command command)
    {
        long before = _files.Sum(file => SizeOf(file.Key, file.Value.Body.Length));
        long replaced = _files.TryGetValue(command.Path, out (long Revision, string Body) file)
            ? SizeOf(command.Path, file.Body.Length)
            : 0;
        long after = before - replaced + SizeOf(command.Path, command.Body.Length);
        return command.TreeLimit > 0 && after > before && after > command.TreeLimit;
    }

    private static int SizeOf(string path, int length) => 128 + (2 * path.Length) + length;

    private bool IsDirectory(string path)
    {
        foreach (string file in _files.Keys)
        {
            if (file.Length > path.Length && file[path.Length] == '/' && file.StartsWith(path, StringComparison.Ordinal))
                return true;
        }

        return false;
    }

    private bool IsBelowFile(string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (_files.ContainsKey(path[..slash]))
                return true;
        }

        return false;
    }
}
