using System.CommandLine;
using Doozer.Silo.Http;
using Doozer.Silo.Viewer;

namespace Doozer.Silo.Commands;

/// <summary><c>doozer namespace</c>: create, list, delete.</summary>
internal static class NamespaceCommands
{
    public static Command Create(CommandConsole console) => new("namespace", "Makes, lists and deletes namespaces.")
    {
        Make(console), List(console), Delete(console),
    };

    private static Argument<string> Name() => new("NAME")
    {
        Description = "Its name: 1 to 64 letters, digits, '-', '_' or '.'.",
    };

    private static Command Make(CommandConsole console)
    {
        Argument<string> name = Name();
        var replicas = new Option<int>("--replicas")
        {
            Description = $"How many nodes vote in it, of the voters [default: all, up to {Limits.DefaultReplicas}].",
            HelpName = "N",
        };
        return StoreCommand.CreateForAll(
            "create",
            "Makes a namespace, and prints the revision of main that it took.",
            console,
            [name, replicas],
            async context => await context.PrintRevision(await context.Store.Write(
                HttpMethod.Put,
                UrlOf(context.Arguments.GetValue(name)!) + StoreClient.Creation(context.Arguments.GetValue(replicas)),
                null,
                context.Cancellation)));
    }

    private static Command List(CommandConsole console)
    {
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.CreateForAll(
            "list",
            "Prints all namespaces, main first, one a line: name, leader and acceptors, with tabs between them.",
            console,
            [local],
            async context =>
            {
                OverviewResult node = await context.Store.Read(
                    "/", DoozerJson.Default.OverviewResult, null, context.Cancellation);
                Dictionary<string, NamespaceResult> known =
                    node.Namespaces.ToDictionary(each => each.Name, StringComparer.Ordinal);
                await Print(context, Names.Main, 0, known);
                string directory = Names.ListDirectory + "/";
                string walk = $"/{Names.Main}/walk?bodies=false&glob={Uri.EscapeDataString(directory + "*")}";
                (long at, string after) = (Revisions.Latest, "");
                for (bool more = true; more;)
                {
                    FoundResult page = await context.Store.Read(
                        $"{walk}&after={Uri.EscapeDataString(after)}&{ReadQuery.Of(at, context.Arguments.GetValue(local))}",
                        DoozerJson.Default.FoundResult, null, context.Cancellation);
                    foreach (FoundFile file in page.Files)
                        await Print(context, file.Path[directory.Length..], file.Revision, known);
                    (at, after, more) = (page.TreeRevision, page.After ?? "", page.More);
                }
            });
    }

    private static Command Delete(CommandConsole console)
    {
        Argument<string> name = Name();
        var yes = new Option<bool>("--yes") { Description = "Delete it with all its files, which nothing brings back." };
        return StoreCommand.CreateForAll(
            "delete",
            "Deletes a namespace with all its files, and prints the revision of main that it took.",
            console,
            [name, yes],
            async context =>
            {
                string url = UrlOf(context.Arguments.GetValue(name)!);
                if (!context.Arguments.GetValue(yes))
                {
                    throw new CommandFailure(
                        $"The namespace '{url[1..]}' would be deleted with all its files, for good; if it is to be, give --yes.");
                }

                await context.PrintRevision(
                    await context.Store.Write(HttpMethod.Delete, url, null, context.Cancellation));
            });
    }

    private static string UrlOf(string name)
    {
        StoreOptions.RequireNamespace(name);
        return "/" + name;
    }

    private static ValueTask Print(
        StoreCommand.Context context, string name, long revision, Dictionary<string, NamespaceResult> known)
    {
        known.TryGetValue(name, out NamespaceResult? seen);
        string? leader = seen is { Leader.Length: > 0 } ? seen.Leader : null;
        return context.Print(
            new PrintedNamespace(name, revision, leader, seen?.Acceptors),
            PrintedJson.Types.PrintedNamespace,
            $"{name}\t{leader ?? "-"}\t{(seen is null ? "-" : string.Join(',', seen.Acceptors))}");
    }
}
