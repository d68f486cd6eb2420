using System.CommandLine;
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
                        await context.Print(entry.Kind == KindNames.Directory ? entry.Name + "/" : entry.Name);
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
                    context, glob, stat.TreeRevision, context.Arguments.GetValue(local), file => context.Print(file.Path));
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
                context.Arguments.GetValue(glob)!,
                context.Arguments.GetValue(revision),
                context.Arguments.GetValue(local),
                async file =>
                {
                    await context.Print($"{file.Path} {file.Revision} {file.Body.Length}");
                    await context.Console.Output.WriteAsync(file.Body, context.Cancellation);
                    await context.Print("");
                }));
    }

    private static async Task ForEach(
        StoreCommand.Context context, string glob, long revision, bool local, Func<WalkedFile, ValueTask> each)
    {
        string after = "";
        WalkResult page;
        do
        {
            page = await context.Store.Read(
                $"walk?glob={Uri.EscapeDataString(glob)}&after={Uri.EscapeDataString(after)}&{ReadQuery.Of(revision, local)}",
                DoozerJson.Default.WalkResult, null, context.Cancellation);
            foreach (WalkedFile file in page.Files)
                await each(file);
            revision = page.TreeRevision;
            after = page.After ?? page.Files.LastOrDefault()?.Path ?? after;
        }
        while (page.More);
    }
}
