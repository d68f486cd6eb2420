using System.Text;

namespace Doozer.Tree;

/// <summary>
/// Makes a tree from what <see cref="TreeEncoder"/> encoded. Anything else is an <see cref="InvalidDataException"/>.
/// </summary>
internal sealed class TreeDecoder(Stream source)
{
    private const int FirstVersion = 1;
    private const int VersionWithSessions = 3;
    private const int MaxBodyBytes = 1 << 30;
    private readonly byte[] _pathBytes = new byte[TreePath.MaxBytes];
    private readonly char[] _path = new char[TreePath.MaxBytes];
    private long _version;

    /// <summary>Reads the whole source.</summary>
    public VersionedTree Decode(TreeOptions options)
    {
        _version = Number();
        if (_version is < FirstVersion or > TreeEncoder.Version)
        {
            throw Malformed(
                $"it has format version {_version}, and this program reads versions {FirstVersion} to {TreeEncoder.Version}");
        }

        long start = Number();
        long revision = Number();
        if (start > revision || (start == revision && start > 0))
            throw Malformed($"its history begins at revision {start}, after its newest, {revision}");
        VersionedTree tree = _version == FirstVersion
            ? ReadOfFirstVersion(options, start, revision)
            : Read(options, start, revision, bytes: Number());
        if (_version == FirstVersion)
            RequestsOfFirstVersion(tree);
        else
            Requests(tree);
        if (source.ReadByte() >= 0)
            throw Malformed("bytes follow its end");
        return tree;
    }

    private VersionedTree Read(TreeOptions options, long start, long revision, long bytes)
    {
        var files = new LoadedFiles();
        Files(files, start);
        Lazy<TreeVersion>? oldest = null;
        List<TreeEvent> events = [];
        long dropped = start;
        long end = start;
        for (long next = start + 1; next <= revision; next++)
        {
            TreeEvent change = Event(files, next);
            if (next > end ? change.End > revision : change.End != end)
                throw Malformed($"the transaction of revision {next} has an impossible end");

            // What is over this node's limits is not kept for a moment: there may be no room for it.
            bool isFirst = next > end;
            end = change.End;
            bool isOver = end < revision && (revision - next >= options.HistoryLimit || bytes > options.HistoryBytes);
            if (isFirst && oldest is null && !isOver)
                oldest = dropped == start ? files.Oldest(start) : new Lazy<TreeVersion>(files.Tree(dropped));
            files.Put(change);
            bytes -= change.Size;
            if (oldest is null)
                dropped = next;
            else
                events.Add(change);
        }

        oldest ??= files.Oldest(start);
        return bytes == 0
            ? VersionedTree.Load(options, dropped, oldest, events, events.Count == 0 ? oldest.Value : files.Tree(revision))
            : throw Malformed("its events have other sizes than it says");
    }

    /// <summary>Applies event by event, which takes longer, as it is not known how many there will be too many of.</summary>
    private VersionedTree ReadOfFirstVersion(TreeOptions options, long start, long revision)
    {
        var files = new LoadedFiles();
        Files(files, start);
        TreeVersion oldest = files.Oldest(start).Value;
        var tree = VersionedTree.Load(options, start, new Lazy<TreeVersion>(oldest), [], oldest);
        for (long next = start + 1; next <= revision; next++)
        {
            TreeEvent change = Event(files, next);
            files.Put(change);
            tree.LoadEvent(change);
        }

        tree.Publish();
        return tree;
    }

    private void Files(LoadedFiles files, long start)
    {
        int length = 0;
        while (Number() is var rest and not 0)
        {
            long shared = Number();
            if (shared > length || rest > _path.Length - shared)
                throw Malformed("a path is too long");
            length = (int)(shared + rest);
            PathBytes((int)shared, (int)rest);
            string path = Path(length);
            long revision = Number();
            if (revision < 1 || revision > start)
                throw Malformed($"the file '{path}' has the impossible revision {revision}");
            long session = SessionNumber();
            files.AddOldest(new TreeEvent(revision, CommandKind.Set, path, Body(), session));
        }
    }

    private TreeEvent Event(LoadedFiles files, long revision)
    {
        var kind = (CommandKind)Number();
        long toEnd = _version < VersionWithSessions ? 0 : Number();
        if (toEnd >= TreeEvent.MaxTransaction)
            throw Malformed($"a transaction goes on for {toEnd} revisions");
        if (kind == CommandKind.Nop)
            return new TreeEvent(revision, kind, TreePath.Root, [], 0, (int)toEnd);
        if (kind is not (CommandKind.Set or CommandKind.Del))
            throw Malformed($"there is no event of kind {(long)kind}");
        long length = Number();
        if (length > _path.Length)
            throw Malformed("a path is too long");
        PathBytes(0, (int)length);

        // The path of a file that is there is not made again: history and tree share it.
        TreeEvent? file = files.Find(_path.AsSpan(0, (int)length));
        if (kind == CommandKind.Del && file is null)
            throw Malformed("a file is deleted that is not there");
        string path = file?.Path ?? Path((int)length);
        if (kind == CommandKind.Del)
            return new TreeEvent(revision, kind, path, [], 0, (int)toEnd);
        long session = SessionNumber();
        return new TreeEvent(revision, kind, path, Body(), session, (int)toEnd);
    }

    private long SessionNumber()
    {
        long session = _version < VersionWithSessions ? 0 : Number();
        return session <= TreeEvent.MaxRevision ? session : throw Malformed($"there is no session {session}");
    }

    private void Requests(VersionedTree tree)
    {
        long left = Number();
        tree.LoadForgotten(Number() - 1);
        for (; left > 0; left--)
        {
            (Guid id, ApplyResult result) = Request();
            long appliedTo = Number();
            long digest = Number();
            if (appliedTo > TreeEvent.MaxRevision || digest > int.MaxValue)
                throw Malformed($"the request {id} has impossible numbers");

            // Version 2 kept more bits of a digest.
            tree.LoadRequest(new RequestEntry(id, result, appliedTo, (int)(digest & RequestEntry.MaxDigest)));
        }
    }

    // What was forgotten, and when a request was applied that took no revision, is not known: no later than the next that did.
    private void RequestsOfFirstVersion(VersionedTree tree)
    {
        var requests = new List<(Guid Id, ApplyResult Result)>();
        for (long left = Number(); left > 0; left--)
            requests.Add(Request());
        long[] appliedTo = new long[requests.Count];
        long next = tree.Revision;
        for (int i = requests.Count - 1; i >= 0; i--)
            appliedTo[i] = next = requests[i].Result is { Outcome: Outcome.Done, Revision: var taken } ? taken - 1 : next;
        if (requests.Count > 0)
            tree.LoadForgotten(next);
        for (int i = 0; i < requests.Count; i++)
            tree.LoadRequest(new RequestEntry(requests[i].Id, requests[i].Result, appliedTo[i], 0));
    }

    private (Guid Id, ApplyResult Result) Request()
    {
        Span<byte> id = stackalloc byte[16];
        source.ReadExactly(id);
        long outcome = Number();
        if (outcome is (long)Outcome.RequestIdReused or (long)Outcome.RequestTooOld or > (long)Outcome.SessionFull)
            throw Malformed($"there is no outcome {outcome}");
        long change = _version < VersionWithSessions ? 0 : Number();
        long revision = Number();
        return revision <= TreeEvent.MaxRevision && change < Command.MaxChanges
            ? (new Guid(id), new ApplyResult((Outcome)outcome, revision, (int)change))
            : throw Malformed("a request has impossible numbers");
    }

    private byte[] Body()
    {
        long length = Number();
        if (length > MaxBodyBytes)
            throw Malformed($"a body has {length} bytes");
        if (length == 0)
            return [];
        byte[] body = GC.AllocateUninitializedArray<byte>((int)length);
        source.ReadExactly(body);
        return body;
    }

    private void PathBytes(int at, int length)
    {
        source.ReadExactly(_pathBytes.AsSpan(at, length));
        Encoding.Latin1.GetChars(_pathBytes.AsSpan(at, length), _path.AsSpan(at));
    }

    private string Path(int length)
    {
        string path = new(_path, 0, length);
        return TreePath.Invalid(path) is { } reason ? throw Malformed($"the path '{path}' is not valid: {reason}") : path;
    }

    private long Number()
    {
        ulong value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            int next = source.ReadByte();
            if (next < 0)
                throw Malformed("it ends early");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return (long)value;
        }

        throw Malformed("a number is too long");
    }

    private static InvalidDataException Malformed(string why) => new($"The encoded tree is malformed: {why}.");
}
