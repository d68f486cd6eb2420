using Doozer.Tree;

namespace Doozer.Namespaces;

/// <summary>Checks what callers give.</summary>
internal static class Arguments
{
    public static void RequirePath(string path, bool rootAllowed = false)
    {
        if (TreePath.Invalid(path, rootAllowed) is { } reason)
            throw new InvalidPathException(path ?? "", reason);
    }

    public static void RequireWritable(string path, long revision)
    {
        RequirePath(path);
        if (TreePath.IsReserved(path))
            throw new ReservedPathException(path);
        if (revision is < Revisions.Clobber or long.MaxValue)
            throw new InvalidRevisionException(revision);
    }

    public static Glob RequireGlob(string glob) =>
        Glob.TryParse(glob, out Glob? parsed, out string? reason) ? parsed : throw new InvalidGlobException(glob ?? "", reason);

    public static void RequirePageSize(int size, string argument)
    {
        if (size is < 1 or > Limits.PageSize)
            throw new InvalidArgumentException(argument, $"it must be from 1 to {Limits.PageSize}");
    }
}
