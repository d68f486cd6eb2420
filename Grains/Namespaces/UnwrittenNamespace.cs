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
        return IsRoot(path) ? throw new IsDirectoryException(path) : new FileContent(0, [], 0);
    }

    public static EntryStat Stat(string path, long revision)
    {
        RequireExists(path, revision);
        return new EntryStat(IsRoot(path) ? EntryKind.Directory : EntryKind.Missing, 0, 0, 0);
    }

    public static DirectoryPage GetDir(string path, string after, int limit, long revision)
    {
        Arguments.RequirePageSize(limit, nameof(limit));
        ArgumentNullException.ThrowIfNull(after);
        RequireExists(path, revision);
        return IsRoot(path) ? new DirectoryPage([], false, 0) : throw new NotFoundException(path);
    }

    public static WalkPage Walk(string glob, string after, int limit, long revision)
    {
        Arguments.RequireGlob(glob);
        Arguments.RequirePageSize(limit, nameof(limit));
        ArgumentNullException.ThrowIfNull(after);
        RequireExists(revision);
        return new WalkPage([], false, 0, null);
    }

    public static NamespaceStatus Status(string @namespace, DoozerOptions options)
    {
        QuorumSystem quorums = options.Quorums;
        var local = new ReplicaStatus(
            options.Node,
            ReplicaRole.Follower,
            "",
            Ballot.Zero.ToString(),
            0,
            0,
            0,
            0,
            new QuorumStatus([.. quorums.Acceptors], quorums.Phase1, quorums.Phase2),
            [.. quorums.Acceptors.Select(node => new PeerStatus(node, false, -1, -1))]);
        return new NamespaceStatus(@namespace, local, null);
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
