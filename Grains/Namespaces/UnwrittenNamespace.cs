using Doozer.Grains;
using Doozer.Paxos;

namespace Doozer.Namespaces;

/// <summary>
/// What is read of a namespace that nobody has begun: the empty tree at revision 0. It has no replica. The members are those of
/// <see cref="INamespaceGrain"/>.
/// </summary>
internal static class UnwrittenNamespace
{
    public static FileContent Get(string path, long revision)
    {
        RequireExists(path, revision);
        return IsRoot(path) ? throw new IsDirectoryException(path) : new FileContent(Revision: 0, Body: [], TreeRevision: 0);
    }

    public static EntryStat Stat(string path, long revision)
    {
        RequireExists(path, revision);
        EntryKind kind = IsRoot(path) ? EntryKind.Directory : EntryKind.Missing;
        return new EntryStat(kind, Revision: 0, Length: 0, TreeRevision: 0);
    }

    public static DirectoryPage GetDir(string path, string after, int limit, long revision)
    {
        Arguments.RequirePageSize(limit, nameof(limit));
        Arguments.RequireAfter(after);
        RequireExists(path, revision);
        return IsRoot(path)
            ? new DirectoryPage(Entries: [], More: false, TreeRevision: 0)
            : throw new NotFoundException(path);
    }

    public static WalkPage Walk(string glob, string after, int limit, long revision)
    {
        Arguments.RequireGlob(glob);
        Arguments.RequirePageSize(limit, nameof(limit));
        Arguments.RequireAfter(after);
        RequireExists(revision);
        return new WalkPage(Files: [], More: false, TreeRevision: 0, GoOnAfter: null);
    }

    public static TreeDigest Digest(long revision)
    {
        RequireExists(revision);
        return new TreeDigest(Revision: 0, Digest: 0);
    }

    public static NamespaceStatus Status(string @namespace, DoozerOptions options)
    {
        QuorumSystem quorums = options.Quorums;
        var local = new ReplicaStatus(
            options.Node,
            ReplicaRole.Follower,
            Leader: "",
            Ballot.Zero.ToString(),
            ChosenSlot: 0,
            AppliedSlot: 0,
            Revision: 0,
            OldestRevision: 0,
            new QuorumStatus([.. quorums.Acceptors], quorums.Phase1, quorums.Phase2),
            [.. quorums.Acceptors.Select(node => new PeerStatus(node, Reachable: false, ChosenSlot: -1, Lag: -1))]);
        return new NamespaceStatus(@namespace, local, Leading: null);
    }

    private static bool IsRoot(string path) => path == Tree.TreePath.Root;

    private static void RequireExists(string path, long revision)
    {
        Arguments.RequirePath(path, rootAllowed: true);
        RequireExists(revision);
    }

    private static void RequireExists(long revision)
    {
        if (revision < Revisions.Latest)
            throw new InvalidRevisionException(revision);
        if (revision > 0)
            throw new FutureRevisionException(revision, 0);
    }
}
