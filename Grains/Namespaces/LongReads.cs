using Doozer.Grains;
using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>
/// Walks trees beside the grains, which take writes meanwhile: a version of a tree never changes, and needs no grain's turn. All
/// walks of a node together take half of its processors at most, and each goes on in pieces, one after another's.
/// </summary>
internal sealed class LongReads(DoozerOptions options, TaskScheduler scheduler)
{
    private int _waiting;

    public LongReads(DoozerOptions options)
        : this(
            options,
            new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, Environment.ProcessorCount / 2))
                .ConcurrentScheduler)
    {
    }

    /// <summary>Files that a piece looks at.</summary>
    public int Piece { get; init; } = 4096;

    /// <summary>Reads a page of the files whose paths match a glob.</summary>
    /// <exception cref="OverloadedException">Too many walks are waiting.</exception>
    public async Task<TreeWalk> Walk(TreeVersion tree, Glob glob, string after, int limit, long maxBytes)
    {
        if (Interlocked.Increment(ref _waiting) > options.MaxWaitingRequests)
        {
            Interlocked.Decrement(ref _waiting);
            throw new OverloadedException("walks", options.MaxWaitingRequests);
        }

        try
        {
            return await InPieces(tree, glob, after, limit, maxBytes);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<TreeWalk> InPieces(TreeVersion tree, Glob glob, string after, int limit, long maxBytes)
    {
        var files = new List<TreeEvent>();
        while (true)
        {
            // A full page only has to know whether there is one more.
            bool isFull = files.Count == limit || (files.Count > 0 && maxBytes <= 0);
            (string from, int count, long bytes) = (after, isFull ? 1 : limit - files.Count, maxBytes);
            TreeWalk piece = await Task.Factory.StartNew(
                () => tree.Walk(glob, from, count, bytes, Piece),
                CancellationToken.None,
                TaskCreationOptions.DenyChildAttach,
                scheduler);
            if (isFull && piece.Files.Count > 0)
                return new TreeWalk(files, More: true);
            files.AddRange(piece.Files);
            if (piece.GoOnAfter is not { } last)
                return new TreeWalk(files, piece.More);
            maxBytes -= piece.Files.Sum(static file => (long)file.Body.Length);
            after = last;
        }
    }
}
