using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Doozer.Tree;

/// <summary>
/// A client's promise to be alive. Its file, <c>/ctl/session/ID</c>, says how long it lasts without a sign of life, in
/// milliseconds, and after a space whose it is.
/// </summary>
/// <param name="id">The revision that opened it.</param>
/// <param name="ttl">How long it lasts without a sign of life.</param>
internal sealed class Session(long id, TimeSpan ttl)
{
    /// <summary>Shortest ttl, in milliseconds.</summary>
    public const long MinTtl = 1_000;

    /// <summary>Longest ttl, in milliseconds.</summary>
    public const long MaxTtl = 3_600_000;

    /// <summary>Longest owner.</summary>
    public const int MaxOwnerBytes = 256;

    /// <summary>Most files that it may hold: they are deleted in one go.</summary>
    public const int MaxFiles = 4096;

    /// <summary>The directory of the sessions' files, with a slash.</summary>
    public const string Directory = "/ctl/session/";

    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    /// <summary>The revision that opened it.</summary>
    public long Id => id;

    /// <summary>How long it lasts without a sign of life.</summary>
    public TimeSpan Ttl => ttl;

    /// <summary>The paths of the files that it holds.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>The path of a session's file.</summary>
    public static string PathOf(long id) => Directory + id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The content of a session's file.</summary>
    public static byte[] Body(long ttl, ReadOnlySpan<byte> owner) =>
        [.. Encoding.ASCII.GetBytes(ttl.ToString(CultureInfo.InvariantCulture)), (byte)' ', .. owner];

    /// <summary>The session of a file, or null when the file is none of a session.</summary>
    public static Session? Of(TreeEvent file)
    {
        if (!file.Path.StartsWith(Directory, StringComparison.Ordinal))
            return null;
        return long.TryParse(file.Path.AsSpan(Directory.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            && Utf8Parser.TryParse(file.Body, out long ttl, out int length)
            && length < file.Body.Length
            && file.Body[length] == ' '
            && ttl is >= MinTtl and <= MaxTtl
            ? new Session(id, TimeSpan.FromMilliseconds(ttl))
            : null;
    }

    internal void Add(string path) => _files.Add(path);

    internal void Remove(string path) => _files.Remove(path);
}

/// <summary>The open sessions, with the files that each holds. Follows from the files. For the writer's thread only.</summary>
internal sealed class SessionTable
{
    private readonly Dictionary<long, Session> _sessions = [];

    /// <param name="tree">The files.</param>
    public SessionTable(TreeVersion tree)
    {
        OrderedMap<TreeEvent>.Cursor sessions = tree.Files.GetCursor();
        sessions.Seek(Session.Directory, inclusive: true);
        while (sessions.MoveNext() && sessions.Key.StartsWith(Session.Directory, StringComparison.Ordinal))
            Record(sessions.Value, null);
        if (_sessions.Count == 0)
            return;
        OrderedMap<TreeEvent>.Cursor files = tree.Files.GetCursor();
        while (files.MoveNext())
        {
            if (files.Value.Session != 0)
                Record(files.Value, null);
        }
    }

    /// <summary>All that are open, in no order.</summary>
    public IReadOnlyCollection<Session> All => _sessions.Values;

    /// <summary>The open session with that id, or null.</summary>
    public Session? Find(long id) => _sessions.GetValueOrDefault(id);

    /// <summary>Goes along with a change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="replaced">The file that it replaced or deleted.</param>
    public void Record(TreeEvent change, TreeEvent? replaced)
    {
        if (replaced is { Session: not 0 })
            Find(replaced.Session)?.Remove(replaced.Path);
        if (change.Session != 0)
            Find(change.Session)?.Add(change.Path);
        if (change.Path.StartsWith(Session.Directory, StringComparison.Ordinal)
            && (Session.Of(change.Kind == CommandKind.Set ? change : replaced!) is { } session))
        {
            if (change.Kind == CommandKind.Set)
                _sessions[session.Id] = session;
            else
                _sessions.Remove(session.Id);
        }
    }
}
