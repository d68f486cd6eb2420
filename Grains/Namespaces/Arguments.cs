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

    public static void RequireSet(string path, byte[] body, long revision, int maxBodyBytes)
    {
        RequireWritable(path, revision);
        if (body is null)
            throw new InvalidArgumentException(nameof(body), "it is missing");
        if (body.Length > maxBodyBytes)
            throw new BodyTooLargeException(body.Length, maxBodyBytes);
    }

    public static Glob RequireWait(string glob, long revision, int max, TimeSpan timeout)
    {
        Glob parsed = RequireGlob(glob);
        RequirePageSize(max, nameof(max));
        if (timeout < TimeSpan.Zero || timeout > Limits.WaitTimeout)
            throw new InvalidArgumentException(nameof(timeout), $"it must be from 0 to {Limits.WaitTimeout.TotalSeconds} s");
        if (revision < Revisions.Latest)
            throw new InvalidRevisionException(revision);
        return parsed;
    }

    public static Glob RequireGlob(string glob) =>
        Glob.TryParse(glob, out Glob? parsed, out string? reason) ? parsed : throw new InvalidGlobException(glob ?? "", reason);

    /// <summary>A name or path to go on after; empty for the beginning.</summary>
    public static void RequireAfter(string after)
    {
        if (after is null)
            throw new InvalidArgumentException(nameof(after), "it is missing");
    }

    public static void RequirePageSize(int size, string argument)
    {
        if (size is < 1 or > Limits.PageSize)
            throw new InvalidArgumentException(argument, $"it must be from 1 to {Limits.PageSize}");
    }
}
