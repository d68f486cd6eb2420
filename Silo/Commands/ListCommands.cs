using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Commands for many paths: ls, find, walk. All pages of one listing come from one revision.</summary>
internal static class ListCommands
{
    public static IEnumerable<Command> Create(CommandConsole console) => [Ls(console), Find(console), Walk(console)];

    private static Command Ls(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "ls", "Prints the names in a directory, one a line; directories end with '/'.", console, [path, revision, local],
            async context =>
            {
                string url = $"{StoreClient.Tree(context.Arguments.GetValue(path)!)}?dir=true";
                long at = context.Arguments.GetValue(revision);
                string after = "";
                DirectoryResult page;
                do
                {
                    page = await context.Store.Read(
                        $"{url}&after={Uri.EscapeDataString(after)}&{ReadQuery.Of(at, context.Arguments.GetValue(local))}",
                        DoozerJson.Default.DirectoryResult, null, context.Cancellation);
                    foreach (EntryResult entry in page.Entries)
                    {
                        await context.Print(
                            entry,
                            AnswerJson.Types.EntryResult,
                            entry.Kind == KindNames.Directory ? entry.Name + "/" : entry.Name);
                    }

                    at = page.TreeRevision;
                    after = page.Entries.Length == 0 ? after : page.Entries[^1].Name;
                }
                while (page.More);
            });
    }

    private static Command Find(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "find", "Prints the paths of all files at or below a path, one a line.", console, [path, revision, local],
            async context =>
            {
                string root = context.Arguments.GetValue(path)!;
                StatResult stat = await context.Store.Read(
                    $"{StoreClient.Tree(root)}?stat=true&{ReadQuery.Of(context.Arguments, revision, local)}",
                    DoozerJson.Default.StatResult, null, context.Cancellation);
                if (stat.Kind == KindNames.Missing)
                    throw new CommandFailure($"There is nothing at '{root}'.");

                // A file is found at its own revision's tree; below a directory everything is, at any depth.
                string glob = stat.Kind == KindNames.File ? root : root.TrimEnd('/') + "/**";
                await ForEach(
                    context,
                    $"walk?bodies=false&glob={Uri.EscapeDataString(glob)}",
                    stat.TreeRevision,
                    context.Arguments.GetValue(local),
                    DoozerJson.Default.FoundResult,
                    async page =>
                    {
                        foreach (FoundFile file in page.Files)
                            await context.Print(file, AnswerJson.Types.FoundFile, file.Path);
                        return (page.TreeRevision, page.More, page.After);
                    });
            });
    }

    private static Command Walk(CommandConsole console)
    {
        Argument<string> glob = StoreCommand.Glob();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "walk",
            "Prints all files that match: a line 'PATH REVISION LENGTH', then LENGTH bytes of body and a line feed.",
            console, [glob, revision, local],
            context => ForEach(
                context,
                $"walk?glob={Uri.EscapeDataString(context.Arguments.GetValue(glob)!)}",
                context.Arguments.GetValue(revision),
                context.Arguments.GetValue(local),
                DoozerJson.Default.WalkResult,
                async page =>
                {
                    foreach (WalkedFile file in page.Files)
                        await Print(context, file);
                    return (page.TreeRevision, page.More, page.After);
                }));
    }

    private static async Task Print(StoreCommand.Context context, WalkedFile file)
    {
        if (context.IsJson)
        {
            await context.PrintJson(
                PrintedFile.Of(file.Path, file.Revision, file.Session, file.Body), PrintedJson.Types.PrintedFile);
            return;
        }

        await context.Print($"{file.Path} {file.Revision} {file.Body.Length}");
        await context.Console.Output.WriteAsync(file.Body, context.Cancellation);
        await context.Print("");
    }

    /// <summary>Reads all pages of a walk.</summary>
    /// <param name="context">The command.</param>
    /// <param name="url">The walk, with its glob.</param>
    /// <param name="revision">Of which tree.</param>
    /// <param name="local">Whether the node's own replica will do.</param>
    /// <param name="type">Of a page.</param>
    /// <param name="each">Prints a page, and tells its tree, whether there are more, and where these begin.</param>
    private static async Task ForEach<T>(
        StoreCommand.Context context,
        string url,
        long revision,
        bool local,
        JsonTypeInfo<T> type,
        Func<T, Task<(long TreeRevision, bool More, string? After)>> each)
    {
        string after = "";
        for (bool more = true; more;)
        {
            T page = await context.Store.Read(
                $"{url}&after={Uri.EscapeDataString(after)}&{ReadQuery.Of(revision, local)}", type, null, context.Cancellation);
            (revision, more, string? next) = await each(page);
            after = next ?? "";
        }
    }
}
