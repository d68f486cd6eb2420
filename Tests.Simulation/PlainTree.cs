using System.Text;
using Doozer.Tree;

namespace Doozer.Simulation;

/// <summary>A file of a <see cref="PlainTree"/>.</summary>
internal sealed record PlainFile(long Revision, byte[] Body, long Session);

/// <summary>An event of a <see cref="PlainTree"/>.</summary>
internal sealed record PlainEvent(long Revision, CommandKind Kind, string Path, byte[] Body, long Session, long End);

/// <summary>The rules of the tree as plainly as they can be written, to compare every replica's with.</summary>
/// <param name="requestLimit">How many request ids it remembers.</param>
internal sealed class PlainTree(int requestLimit)
{
    private const int MostFilesOfSession = 4096;
    private const string Sessions = "/ctl/session/";

    private readonly List<(Guid Id, string Asked, long AppliedTo, ApplyResult Result)> _requests = [];
    private Dictionary<string, PlainFile> _files = new(StringComparer.Ordinal);
    private long _forgotten = -1;

    public long Revision { get; private set; }

    public IReadOnlyDictionary<string, PlainFile> Files => _files;

    /// <summary>Every revision's event, from revision 1.</summary>
    public List<PlainEvent> Events { get; } = [];

    public ApplyResult Apply(in Command command)
    {
        if (command.RequestId == Guid.Empty)
            return Execute(command);
        Guid id = command.RequestId;
        string asked = Describe(command);
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

    private static string Describe(in Command command) =>
        $"{command.Kind} {command.Path} {command.Revision} {Convert.ToHexString(command.Body.Span)} {command.Session} "
        + $"{command.Ttl} " + string.Join(';', command.Changes.Select(change => Describe(change)));

    private ApplyResult Execute(in Command command)
    {
        switch (command.Kind)
        {
            case CommandKind.OpenSession:
                byte[] body = [.. Encoding.ASCII.GetBytes($"{command.Ttl} "), .. command.Body.Span];
                return Transact(
                    [Command.Set($"{Sessions}{Revision + 1}", body, Command.Clobber)], command.TreeLimit, isTransaction: false);
            case CommandKind.CloseSession:
                long session = command.Session;
                if (!_files.ContainsKey($"{Sessions}{session}"))
                    return new ApplyResult(Outcome.SessionExpired, 0);
                IEnumerable<string> held = _files.Where(file => file.Value.Session == session).Select(file => file.Key);
                return Transact(
                    [.. held.Order(StringComparer.Ordinal).Append($"{Sessions}{session}").Select(path => Command.Del(path, -1))],
                    treeLimit: 0,
                    isTransaction: true);
            case CommandKind.Transaction:
                return Transact(command.Changes, command.TreeLimit, isTransaction: true);
            default:
                return Transact([command], command.TreeLimit, isTransaction: false);
        }
    }

    /// <summary>One change after another, on copies that are thrown away if one fails.</summary>
    private ApplyResult Transact(Command[] changes, long treeLimit, bool isTransaction)
    {
        (Dictionary<string, PlainFile> files, long revision, int events) = (_files, Revision, Events.Count);
        _files = new(files, StringComparer.Ordinal);
        for (int i = 0; i < changes.Length; i++)
        {
            Command change = changes[i];
            if (change.Kind != CommandKind.Nop && Refuse(change, treeLimit, files) is { } refusal)
            {
                (_files, Revision) = (files, revision);
                Events.RemoveRange(events, Events.Count - events);
                return isTransaction ? refusal with { Change = i } : refusal;
            }

            if (change.Kind == CommandKind.Check)
                continue;
            Revision++;
            if (change.Kind == CommandKind.Set)
                _files[change.Path] = new PlainFile(Revision, change.Body.ToArray(), change.Session);
            else if (change.Kind == CommandKind.Del)
                _files.Remove(change.Path);
            Events.Add(new PlainEvent(Revision, change.Kind, change.Path, change.Body.ToArray(), change.Session, 0));
        }

        for (int i = events; i < Events.Count; i++)
            Events[i] = Events[i] with { End = Revision };
        return new ApplyResult(Outcome.Done, Revision);
    }

    private ApplyResult? Refuse(in Command change, long treeLimit, Dictionary<string, PlainFile> before)
    {
        string path = change.Path;
        PlainFile? file = _files.GetValueOrDefault(path);
        long current = file?.Revision ?? 0;
        if (change.Kind == CommandKind.Check)
            return change.Revision == current ? null : new ApplyResult(Outcome.RevisionMismatch, current);
        if (file is null && IsDirectory(path))
            return new ApplyResult(Outcome.IsDirectory, 0);
        if (file is null && change.Kind == CommandKind.Del)
            return new ApplyResult(Outcome.NotFound, 0);
        if (file is null && IsBelowFile(path))
            return new ApplyResult(Outcome.NotDirectory, 0);
        if (change.Revision != Command.Clobber && change.Revision < current)
            return new ApplyResult(Outcome.RevisionMismatch, current);
        if (change.Kind == CommandKind.Del)
            return null;
        if (change.Session != 0 && !_files.ContainsKey($"{Sessions}{change.Session}"))
            return new ApplyResult(Outcome.SessionExpired, 0);

        // What a session holds is counted before a transaction.
        long session = change.Session;
        bool isMore = session != 0 && file?.Session != session;
        if (isMore && before.Values.Count(held => held.Session == session) >= MostFilesOfSession)
            return new ApplyResult(Outcome.SessionFull, 0);
        return IsTooMuch(change, treeLimit) ? new ApplyResult(Outcome.StoreFull, 0) : null;
    }

    private bool IsTooMuch(in Command change, long limit)
    {
        long before = _files.Sum(file => SizeOf(file.Key, file.Value.Body.Length));
        long replaced = _files.TryGetValue(change.Path, out PlainFile? file) ? SizeOf(change.Path, file.Body.Length) : 0;
        long after = before - replaced + SizeOf(change.Path, change.Body.Length);
        return limit > 0 && after > before && after > limit;
    }

    private static int SizeOf(string path, int length) => 128 + (2 * path.Length) + length;

    private bool IsDirectory(string path)
    {
        if (path == TreePath.Root)
            return true;
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
