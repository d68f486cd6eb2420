using Orleans.Concurrency;

namespace Doozer.Namespaces;

/// <summary>
/// A namespace as the node's own HTTP interface reads it: within the silo bodies are not copied but are those of the replica,
/// shared with all who read them. Whoever changed one would make this replica differ from the others; applications call
/// <see cref="INamespaceGrain"/>, which gives each caller bytes of its own.
/// </summary>
[Alias("Doozer.ILocalNamespaceGrain")]
internal interface ILocalNamespaceGrain : INamespaceGrain
{
    /// <summary>As <see cref="INamespaceGrain.Get"/>.</summary>
    /// <param name="path">Absolute path of the file.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    [Alias("GetShared")]
    Task<Immutable<FileContent>> GetShared(string path, long revision, ReadMode mode);

    /// <summary>As <see cref="INamespaceGrain.Walk"/>.</summary>
    /// <param name="glob">Which paths.</param>
    /// <param name="after">Only paths ordinally after this one; empty for all.</param>
    /// <param name="limit">At most this many files, 1 to <see cref="Limits.PageSize"/>.</param>
    /// <param name="revision">Revision of the tree to read, or <see cref="Revisions.Latest"/>.</param>
    /// <param name="mode">Whether the answer must be linearizable.</param>
    [Alias("WalkShared")]
    Task<Immutable<WalkPage>> WalkShared(string glob, string after, int limit, long revision, ReadMode mode);

    /// <summary>As <see cref="INamespaceGrain.Wait"/>.</summary>
    /// <param name="glob">Which paths.</param>
    /// <param name="revision">First revision of interest; <see cref="Revisions.Latest"/> for whatever comes next.</param>
    /// <param name="max">At most this many events, 1 to <see cref="Limits.PageSize"/>.</param>
    /// <param name="timeout">How long to wait, zero to <see cref="Limits.WaitTimeout"/>.</param>
    /// <param name="mode">Whether a node that has known of no leader for a while says so.</param>
    [Alias("WaitShared")]
    [ResponseTimeout("00:00:45")]
    Task<Immutable<WaitResult>> WaitShared(string glob, long revision, int max, TimeSpan timeout, ReadMode mode);

    /// <summary>Makes a digest of all files of this node's own replica, from what they hold now. It asks no other node.</summary>
    /// <param name="revision">Revision of the tree, or <see cref="Revisions.Latest"/> for the newest that is here.</param>
    /// <exception cref="OverloadedException">Too many are being made.</exception>
    [Alias("Digest")]
    Task<TreeDigest> Digest(long revision);
}

/// <summary>Stands for all files of a tree; the same on all replicas.</summary>
/// <param name="Revision">The revision of the tree.</param>
/// <param name="Digest">Another one when a path, a body, a file's revision or its session is another.</param>
[GenerateSerializer, Immutable, Alias("Doozer.TreeDigest")]
internal readonly record struct TreeDigest([property: Id(0)] long Revision, [property: Id(1)] ulong Digest);
