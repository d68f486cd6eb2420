using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>The rules of the tree as plainly as they can be written, to compare every replica's with.</summary>
/// <param name="requestLimit">How many request ids it remembers.</param>
internal sealed class PlainTree(int requestLimit)
{
    private readonly Dictionary<string, (long Revision, string Body)> _files = new(StringComparer.Ordinal);
    private readonly List<(Guid Id, string Asked, long AppliedTo, ApplyResult Result)> _requests = [];
    private long _forgotten = -1;

    public long Revision { get; private set; }

    public IReadOnlyDictionary<string, (long Revision, string Body)> Files => _files;

    public ApplyResult Apply(in Command command)
    {
        if (command.RequestId == Guid.Empty)
            return Execute(command);
        Guid id = command.RequestId;
        string asked = $"{command.Kind} {command.Path} {command.Revision} {Convert.ToHexString(command.Body.Span)}";
        if (_requests.FindIndex(request => request.Id == id) is var known and >= 0)
            return _requests[known].Asked == asked ? _requests[known].Result : new ApplyResult(Outcome.RequestIdReused, 0);
        if (command.Floor is { } floor && floor <= _forgotten)
            return new ApplyResult(Outcome.RequestTooOld, Revision);
        long before = Revision;
        ApplyResult result = Execute(command);
        _requests.Add((id, asked, before, result));
        if (_requests.Count > requestLimit)
        {
            _forgotten = _requests[0].AppliedTo;
            _requests.RemoveAt(0);
        }

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
