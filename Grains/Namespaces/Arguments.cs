using System.Text;
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

    public static void RequireSet(string path, byte[] body, long revision, long session, int maxBodyBytes)
    {
        RequireWritable(path, revision);
        if (session is < 0 or > TreeEvent.MaxRevision)
            throw new SessionExpiredException(session);
        if (body is null)
            throw new InvalidArgumentException(nameof(body), "it is missing");
        if (body.Length > maxBodyBytes)
            throw new BodyTooLargeException(body.Length, maxBodyBytes);
    }

    public static void RequireChanges(Change[] changes, int maxBodyBytes)
    {
        RequireChangeCount(changes?.Length ?? 0);
        long bytes = 0;
        for (int i = 0; i < changes!.Length; i++)
        {
            try
            {
                RequireChange(changes[i], maxBodyBytes);
            }
            catch (DoozerException reason)
            {
                throw new TransactionFailedException(i, reason);
            }

            bytes += changes[i].Path.Length + (changes[i].Body?.Length ?? 0);
        }

        if (bytes > Limits.TransactionBytes)
        {
            throw new InvalidArgumentException(
                nameof(changes), $"their paths and bodies have {bytes} bytes, and may have {Limits.TransactionBytes}");
        }
    }

    public static void RequireChangeCount(int count)
    {
        if (count is 0 or > Limits.TransactionChanges)
        {
            throw new InvalidArgumentException(
                "changes", $"a transaction has 1 to {Limits.TransactionChanges} changes, and this one {count}");
        }
    }

    public static void RequireRequests(FileRequest[] requests)
    {
        if ((requests?.Length ?? 0) is 0 or > FileRequest.MaxOfCall)
        {
            throw new InvalidArgumentException(
                nameof(requests), $"a call has 1 to {FileRequest.MaxOfCall} of them, and this one {requests?.Length ?? 0}");
        }
    }

    public static void RequireSession(TimeSpan ttl, string owner)
    {
        if (ttl < Limits.ShortestTtl || ttl > Limits.LongestTtl || ttl.Ticks % TimeSpan.TicksPerMillisecond != 0)
        {
            throw new InvalidArgumentException(
                nameof(ttl),
                $"it must be from {Limits.ShortestTtl.TotalSeconds} to {Limits.LongestTtl.TotalSeconds} s, in whole "
                + "milliseconds");
        }

        if (owner is null || Encoding.UTF8.GetByteCount(owner) > Limits.SessionOwnerBytes || owner.Any(char.IsControl))
        {
            throw new InvalidArgumentException(
                nameof(owner), $"it must be text of at most {Limits.SessionOwnerBytes} bytes without control characters");
        }
    }

    public static void RequireSessionId(long session)
    {
        if (session is < 1 or > TreeEvent.MaxRevision)
            throw new SessionExpiredException(session);
    }

    public static void RequireKeepAlive(long[] sessions)
    {
        if (sessions is null || sessions.Length > Limits.KeepAliveSessions)
        {
            throw new InvalidArgumentException(
                nameof(sessions), $"there are {sessions?.Length ?? 0}, and may be {Limits.KeepAliveSessions}");
        }
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

    private static void RequireChange(Change change, int maxBodyBytes)
    {
        switch (change?.Kind)
        {
            case ChangeKind.Set:
                RequireSet(change.Path, change.Body, change.Revision, change.Session, maxBodyBytes);
                break;
            case ChangeKind.Del:
                RequireWritable(change.Path, change.Revision);
                break;
            case ChangeKind.Check:
                RequirePath(change.Path);
                if (change.Revision is < 0 or long.MaxValue)
                    throw new InvalidRevisionException(change.Revision);
                break;
            default:
                throw new InvalidArgumentException("changes", $"there is no kind of change {(int?)change?.Kind ?? 0}");
        }
    }

    public static void RequirePageSize(int size, string argument)
    {
        if (size is < 1 or > Limits.PageSize)
            throw new InvalidArgumentException(argument, $"it must be from 1 to {Limits.PageSize}");
    }
}
