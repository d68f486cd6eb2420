using System.CommandLine;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer history</c>: what a file was, newest first.</summary>
internal static class HistoryCommand
{
    /// <summary>So many revisions are looked through first, and then more each time: few of them concern a file.</summary>
    private const long FirstWindow = 4096;

    private const int Growth = 8;

    public static Command Create(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        revision.Description = "Begin with the file as it was at this revision (default the newest).";
        Option<bool> local = StoreOptions.Local();
        Option<int> limit = WholeNumber.Option(
            "--limit", "N", int.MaxValue, 1, int.MaxValue, "Print so many at most (default all that are retained).");
        return StoreCommand.Create(
            "history",
            "Prints the retained revisions of a file, newest first: a line 'REVISION set LENGTH', with the id of the session " +
            "that held it, if one did; or 'REVISION del'.",
            console,
            [path, revision, local, limit],
            async context =>
            {
                string name = context.Arguments.GetValue(path)!;
                int left = context.Arguments.GetValue(limit);
                StatResult newest = await Stat(
                    context, name, context.Arguments.GetValue(revision), context.Arguments.GetValue(local));
                if (newest.Kind == KindNames.Directory)
                    throw new CommandFailure(new IsDirectoryException(name).Message);
                bool isAny = false;
                await foreach (ChangeResult change in NewestFirst(
                    context, name, newest.TreeRevision, context.Arguments.GetValue(local)))
                {
                    isAny = true;
                    await Print(context, change);
                    if (--left == 0)
                        break;
                }

                if (!isAny)
                    throw new CommandFailure($"There is nothing at '{name}', and no retained revision changed it.");
            });
    }

    private static ValueTask Print(StoreCommand.Context context, ChangeResult change)
    {
        string held = change.Session is { } session ? $" {session}" : "";
        return context.Print(
            change,
            AnswerJson.Types.ChangeResult,
            change.Kind == KindNames.Set ? $"{change.Revision} set {change.Length}{held}" : $"{change.Revision} {change.Kind}");
    }

    /// <summary>
    /// The changes of a file up to a revision, and last what it was before all that is retained: that can still be read.
    /// </summary>
    private static async IAsyncEnumerable<ChangeResult> NewestFirst(
        StoreCommand.Context context, string path, long newest, bool local)
    {
        long oldest = 0;
        long size = FirstWindow;
        for (long end = newest; end >= Math.Max(oldest, 1);)
        {
            long begin = Math.Max(Math.Max(oldest, 1), end - size + 1);
            List<ChangeResult> changes;
            try
            {
                changes = await Between(context, path, begin, end, local);
            }
            catch (StoreRefusal refusal) when (OldestOf(refusal) is { } first && first > begin)
            {
                oldest = first;
                continue;
            }

            for (int i = changes.Count - 1; i >= 0; i--)
                yield return changes[i];
            (end, size) = (begin - 1, size * Growth);
        }

        if (oldest > 0 && await Before(context, path, oldest, local) is { } before)
            yield return before;
    }

    private static async Task<List<ChangeResult>> Between(
        StoreCommand.Context context, string path, long begin, long end, bool local)
    {
        var changes = new List<ChangeResult>();
        string url = $"wait?glob={Uri.EscapeDataString(path)}&limit={Limits.PageSize}&timeout=0&bodies=false";
        for (long next = begin; next <= end;)
        {
            ChangesResult page = await context.Store.Read(
                $"{url}&{ReadQuery.Of(next, local)}", DoozerJson.Default.ChangesResult, null, context.Cancellation);
            changes.AddRange(page.Events.Where(change => change.Revision <= end));

            // A page without events has looked at all that there is.
            if (page.Events.Length == 0)
                break;
            next = page.Next;
        }

        return changes;
    }

    /// <summary>What the file was when the oldest retained revision came, if that did not change it.</summary>
    private static async Task<ChangeResult?> Before(StoreCommand.Context context, string path, long oldest, bool local)
    {
        for (long at = oldest; ;)
        {
            try
            {
                StatResult stat = await Stat(context, path, at, local);
                return stat.Kind == KindNames.File && stat.Revision < oldest
                    ? new ChangeResult(stat.Revision, KindNames.Set, path, stat.Length, stat.Session)
                    : null;
            }
            catch (StoreRefusal refusal) when (OldestOf(refusal) is { } first && first > at)
            {
                // It went while it was asked for.
                at = first;
            }
        }
    }

    private static long? OldestOf(StoreRefusal refusal) =>
        refusal.Problem is { Code: "too-late" } problem ? problem.Oldest : null;

    private static Task<StatResult> Stat(StoreCommand.Context context, string path, long revision, bool local) =>
        context.Store.Read(
            $"{StoreClient.Tree(path)}?stat=true&{ReadQuery.Of(revision, local)}",
            DoozerJson.Default.StatResult,
            null,
            context.Cancellation);
}
