using Doozer.Grains;
using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>
/// Reads trees beside the grains, which take writes meanwhile: a version of a tree never changes, and needs no grain's turn. All
/// such reads of a node together take half of its processors at most; long ones go on in pieces, one after another's, and end
/// with where to go on.
/// </summary>
internal sealed class LongReads(DoozerOptions options, TaskScheduler scheduler)
{
    /// <summary>Each goes through a whole tree.</summary>
    private const int MostDigests = 2;

    private readonly Admission _digests = new("digests being made", MostDigests);
    private readonly Admission _admission = new("reads beside the grains", options.MaxWaitingRequests);

    public LongReads(DoozerOptions options)
        : this(
            options,
            new ConcurrentExclusiveSchedulerPair(
                TaskScheduler.Default, Math.Max(1, Environment.ProcessorCount / 2), maxItemsPerTask: 1).ConcurrentScheduler)
    {
    }

    /// <summary>Files that a piece of a walk looks at.</summary>
    public int Piece { get; init; } = 1024;

    /// <summary>Files that a walk looks at before it ends with where to go on.</summary>
    public int MostLooks { get; init; } = 32 * 1024;

    /// <summary>Reads a page of the files whose paths match a glob, or less than a page when it has looked at many.</summary>
    /// <exception cref="OverloadedException">Too many reads are waiting.</exception>
    public async Task<TreeWalk> Walk(TreeVersion tree, Glob glob, string after, int limit, long maxBytes)
    {
        using Admission.Entry entry = _admission.Enter();
        return await InPieces(tree, glob, after, limit, maxBytes);
    }

    /// <summary>Reads what is not cut into pieces, beside the grain that asks.</summary>
    /// <exception cref="OverloadedException">Too many reads are waiting.</exception>
    public async Task<T> Read<T>(Func<T> read)
    {
        using Admission.Entry entry = _admission.Enter();
        return await Start(read);
    }

    /// <summary>Makes a digest of all files of a tree, from what they hold now.</summary>
    /// <exception cref="OverloadedException">Too many are being made, or too many reads are waiting.</exception>
    public async Task<ulong> Digest(TreeVersion tree)
    {
        using Admission.Entry digest = _digests.Enter();
        using Admission.Entry entry = _admission.Enter();
        ulong sum = 0;
        for (string? after = ""; after is not null;)
        {
            string from = after;
            (ulong piece, after) = await Start(() => StateDigest.Of(tree, from, Piece));
            sum += piece;
        }

        return sum;
    }

    private Task<T> Start<T>(Func<T> read) =>
        Task.Factory.StartNew(read, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);

    private async Task<TreeWalk> InPieces(TreeVersion tree, Glob glob, string after, int limit, long maxBytes)
    {
        var files = new List<TreeEvent>();
        for (int looks = Piece; ; looks += Piece)
        {
            // A full page only has to know whether there is one more.
            bool isFull = files.Count == limit || (files.Count > 0 && maxBytes <= 0);
            (string from, int count, long bytes) = (after, isFull ? 1 : limit - files.Count, maxBytes);
            TreeWalk piece = await Start(() => tree.Walk(glob, from, count, bytes, Piece));
            if (isFull && piece.Files.Count > 0)
                return new TreeWalk(files, More: true);
            files.AddRange(piece.Files);
            if (piece.GoOnAfter is not { } last)
                return new TreeWalk(files, piece.More);
            if (looks >= MostLooks)
                return new TreeWalk(files, More: true, last);
            maxBytes -= piece.Files.Sum(static file => (long)file.Body.Length);
            after = last;
        }
    }
}
