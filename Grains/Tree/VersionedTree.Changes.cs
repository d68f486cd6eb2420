namespace Doozer.Tree;

/// <summary>What each command does to the tree.</summary>
internal sealed partial class VersionedTree
{
    private ApplyResult Execute(in Command command) => command.Kind switch
    {
        CommandKind.Set or CommandKind.Del => Change(command),
        CommandKind.Nop => Append(new TreeEvent(_builder.Revision + 1, CommandKind.Nop, TreePath.Root, []), null),
        CommandKind.Transaction => Transact(command),
        CommandKind.OpenSession => Open(command),
        CommandKind.CloseSession => Close(command.Session),
        _ => throw new InvalidCommandException($"its kind is {(int)command.Kind}, which is not known"),
    };

    private ApplyResult Change(in Command command)
    {
        ApplyResult judged = Judge(command, command.TreeLimit, 0, out TreeEvent? replaced);
        return judged.Outcome == Outcome.Done ? Append(EventOf(command, replaced, 0), replaced) : judged;
    }

    private ApplyResult Transact(in Command command)
    {
        if (command.Validate() is { } reason)
            throw new InvalidCommandException(reason);
        Command[] changes = command.Changes;
        TreeVersion before = _builder.Freeze(NextEdit());
        var made = new List<(TreeEvent Change, TreeEvent? Replaced)>(changes.Length);
        int left = changes.Count(change => change.Kind != CommandKind.Check);
        long growth = 0;
        for (int i = 0; i < changes.Length; i++)
        {
            Command change = changes[i];
            ApplyResult judged = Judge(change, command.TreeLimit, growth, out TreeEvent? replaced);
            if (judged.Outcome != Outcome.Done)
            {
                _builder = new TreeBuilder(before, NextEdit());
                return judged with { Change = i };
            }

            if (change.Kind == CommandKind.Check)
                continue;
            TreeEvent next = EventOf(change, replaced, --left);
            _builder.Put(next);
            growth += Growth(next, replaced);
            made.Add((next, replaced));
        }

        return Append(before, made);
    }

    private ApplyResult Open(in Command command)
    {
        long id = _builder.Revision + 1;
        var file = new TreeEvent(
            id, CommandKind.Set, Session.PathOf(id), Session.Body(command.Ttl, command.Body.Span));
        return HasRoomFor(file.Size, command.TreeLimit) ? Append(file, null) : new ApplyResult(Outcome.StoreFull, 0);
    }

    private ApplyResult Close(long id)
    {
        if (_sessions.Find(id) is not { } session)
            return new ApplyResult(Outcome.SessionExpired, 0);
        string[] paths = [.. session.Files.Order(StringComparer.Ordinal), Session.PathOf(id)];
        TreeVersion before = _builder.Freeze(NextEdit());
        var made = new List<(TreeEvent Change, TreeEvent? Replaced)>(paths.Length);
        for (int i = 0; i < paths.Length; i++)
        {
            TreeEvent file = _builder.Find(paths[i])!;
            var next = new TreeEvent(_builder.Revision + 1, CommandKind.Del, file.Path, [], 0, paths.Length - 1 - i);
            _builder.Put(next);
            made.Add((next, file));
        }

        return Append(before, made);
    }

    /// <summary>Whether a change may be made now. Changes nothing.</summary>
    /// <param name="change">A Set, Del or Check.</param>
    /// <param name="treeLimit">The most that the files may count; 0 for any number.</param>
    /// <param name="growth">What the files will count more by changes that are not recorded yet.</param>
    /// <param name="file">The file that is there.</param>
    private ApplyResult Judge(in Command change, long treeLimit, long growth, out TreeEvent? file)
    {
        file = _builder.Find(change.Path);
        long current = file?.Revision ?? 0;
        switch (change.Kind)
        {
            case CommandKind.Check:
                return new ApplyResult(change.Revision == current ? Outcome.Done : Outcome.RevisionMismatch, current);
            case CommandKind.Set when file is null && CannotCreate(change.Path) is { } reason:
                return new ApplyResult(reason, 0);
            case CommandKind.Del when file is null:
                return new ApplyResult(_builder.IsDirectory(change.Path) ? Outcome.IsDirectory : Outcome.NotFound, 0);
        }

        if (change.Revision != Command.Clobber && change.Revision < current)
            return new ApplyResult(Outcome.RevisionMismatch, current);
        if (change.Kind == CommandKind.Del)
            return default;
        if (change.Session != 0 && CannotHold(change.Session, file) is { } refusal)
            return new ApplyResult(refusal, 0);
        long grows = TreeEvent.SizeOf(change.Path, change.Body.Length) - (file?.Size ?? 0);
        return grows <= 0 || HasRoomFor(growth + grows, treeLimit) ? default : new ApplyResult(Outcome.StoreFull, 0);
    }

    private Outcome? CannotCreate(string path)
    {
        // A path that is there has been checked when it came. A bad one would spoil the directories for good.
        if (TreePath.Invalid(path, root: true) is { } reason)
            throw new InvalidCommandException($"its path is not valid: {reason}");
        if (_builder.IsDirectory(path))
            return Outcome.IsDirectory;
        return _builder.IsBelowFile(path) ? Outcome.NotDirectory : null;
    }

    // A transaction may go beyond the limit of files by its own.
    private Outcome? CannotHold(long id, TreeEvent? file)
    {
        if (_sessions.Find(id) is not { } session)
            return Outcome.SessionExpired;
        return session.Files.Count >= Session.MaxFiles && file?.Session != id ? Outcome.SessionFull : null;
    }

    private bool HasRoomFor(long growth, long treeLimit) => treeLimit == 0 || _bytes + growth <= treeLimit;

    private TreeEvent EventOf(in Command change, TreeEvent? file, int toEnd) => new(
        _builder.Revision + 1, change.Kind, file?.Path ?? change.Path, change.Body.ToArray(), change.Session, toEnd);

    private ApplyResult Append(TreeEvent next, TreeEvent? replaced)
    {
        if (!_history.HasRoom(1))
            _history.BeginChunk(_builder.Freeze(NextEdit()), 1, NextEdit);
        _builder.Put(next);
        Record(next, replaced);
        return new ApplyResult(Outcome.Done, next.Revision);
    }

    /// <summary>Records a transaction that the builder has already.</summary>
    private ApplyResult Append(TreeVersion before, List<(TreeEvent Change, TreeEvent? Replaced)> made)
    {
        if (!_history.HasRoom(made.Count))
            _history.BeginChunk(before, made.Count, NextEdit);
        foreach ((TreeEvent change, TreeEvent? replaced) in made)
            Record(change, replaced);
        return new ApplyResult(Outcome.Done, _builder.Revision);
    }

    private void Record(TreeEvent change, TreeEvent? replaced)
    {
        if (replaced is not null)
            _filesDigest -= StateDigest.Of(replaced);
        if (change.Kind == CommandKind.Set)
            _filesDigest += StateDigest.Of(change);
        _history.Append(change);
        _sessions.Record(change, replaced);
        Interlocked.Add(ref _bytes, Growth(change, replaced));
        Interlocked.Add(ref _files, (change.Kind == CommandKind.Set ? 1 : 0) - (replaced is null ? 0 : 1));
    }

    private static long Growth(TreeEvent change, TreeEvent? replaced) =>
        (change.Kind == CommandKind.Set ? change.Size : 0) - (replaced?.Size ?? 0);
}
