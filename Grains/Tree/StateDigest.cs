using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Doozer.Tree;

/// <summary>
/// Hashes of what a tree consists of. The digest of a state is their sum, so that it goes along with each change, and is the same
/// on all replicas that applied the same log.
/// </summary>
internal static class StateDigest
{
    /// <summary>The hash of a file.</summary>
    public static ulong Of(TreeEvent file) =>
        XxHash3.HashToUInt64(
            file.Body,
            (long)XxHash3.HashToUInt64(MemoryMarshal.AsBytes(file.Path.AsSpan()), file.Revision ^ (file.Session << 16)));

    /// <summary>The hash of a remembered request.</summary>
    public static ulong Of(in RequestEntry request) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(new ReadOnlySpan<RequestEntry>(in request)));

    /// <summary>The sum over all files of a tree, made anew from what they hold now.</summary>
    public static ulong Of(TreeVersion tree) => Of(tree, "", int.MaxValue).Sum;

    /// <summary>The sum over some files of a tree, made anew from what they hold now.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="after">Only files whose paths are ordinally after this one; empty for all.</param>
    /// <param name="most">So many at most, at least 1.</param>
    /// <returns>The sum, and the path of the last when there may be more.</returns>
    public static (ulong Sum, string? Last) Of(TreeVersion tree, string after, int most)
    {
        ulong sum = 0;
        OrderedMap<TreeEvent>.Cursor files = tree.Files.GetCursor();
        files.Seek(after, inclusive: false);
        while (files.MoveNext())
        {
            sum += Of(files.Value);
            if (--most == 0)
                return (sum, files.Key);
        }

        return (sum, null);
    }
}
