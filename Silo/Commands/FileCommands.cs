using System.CommandLine;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary>Commands for one path: get, set, add, del, stat.</summary>
internal static class FileCommands
{
    public static IEnumerable<Command> Create(CommandConsole console) =>
        [Get(console), Set(console), Add(console), Del(console), Stat(console)];

    private static Command Get(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create("get", "Prints the body of a file.", console, [path, revision, local], async context =>
        {
            string name = context.Arguments.GetValue(path)!;
            FileContent file = await context.Store.ReadFile(
                $"{StoreClient.Tree(name)}?{ReadQuery.Of(context.Arguments, revision, local)}", context.Cancellation);
            if (context.IsJson)
            {
                await context.PrintJson(
                    PrintedFile.Of(name, file.Revision, file.Session, file.Body), PrintedJson.Types.PrintedFile);
            }
            else
            {
                await context.Console.Output.WriteAsync(file.Body, context.Cancellation);
            }
        });
    }

    private static Command Set(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Argument<long> revision = StoreCommand.FileRevision();
        Option<string?> file = BodyFile();
        Option<long?> session = Session();
        return StoreCommand.Create(
            "set",
            "Writes a file; the body is standard input. Prints the new revision.",
            console,
            [path, revision, file, session],
            context => Put(
                context,
                context.Arguments.GetValue(path)!,
                context.Arguments.GetValue(revision),
                context.Arguments.GetValue(file),
                context.Arguments.GetValue(session)));
    }

    private static Command Add(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<string?> file = BodyFile();
        Option<long?> session = Session();
        return StoreCommand.Create(
            "add",
            "Writes a file that must not exist; the body is standard input. Prints the new revision.",
            console,
            [path, file, session],
            context => Put(
                context,
                context.Arguments.GetValue(path)!,
                Revisions.Missing,
                context.Arguments.GetValue(file),
                context.Arguments.GetValue(session)));
    }

    private static Command Del(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Argument<long> revision = StoreCommand.FileRevision();
        return StoreCommand.Create("del", "Deletes a file. Prints the new revision.", console, [path, revision], async context =>
        {
            string url = $"{StoreClient.Tree(context.Arguments.GetValue(path)!)}?rev={context.Arguments.GetValue(revision)}";
            await context.PrintRevision(await context.Store.Write(HttpMethod.Delete, url, null, context.Cancellation));
        });
    }

    private static Command Stat(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "stat",
            "Prints what is at a path: 'file REVISION LENGTH', with the id of the session that holds it, if one does; or " +
            "'directory 0 ENTRIES'.",
            console,
            [path, revision, local],
            async context =>
            {
                string name = context.Arguments.GetValue(path)!;
                StatResult stat = await context.Store.Read(
                    $"{StoreClient.Tree(name)}?stat=true&{ReadQuery.Of(context.Arguments, revision, local)}",
                    DoozerJson.Default.StatResult, null, context.Cancellation);
                if (stat.Kind == KindNames.Missing)
                    throw new CommandFailure($"There is nothing at '{name}'.");
                string held = stat.Session is { } session ? $" {session}" : "";
                await context.Print(
                    stat, AnswerJson.Types.StatResult, $"{stat.Kind} {stat.Revision} {stat.Length}{held}");
            });
    }

    private static Option<string?> BodyFile() => new("--file", "-f")
    {
        HelpName = "FILE",
        Description = "Holds the body, instead of standard input.",
    };

    private static Option<long?> Session() => new("--session", "-s")
    {
        HelpName = "ID",
        Description = "The session that is to hold the file: it is deleted when the session ends.",
        CustomParser = result => WholeNumber.Session(result),
    };

    private static async Task Put(StoreCommand.Context context, string path, long revision, string? file, long? session)
    {
        string url = $"{StoreClient.Tree(path)}?rev={revision}{(session is null ? "" : $"&session={session}")}";
        byte[] body = SettingsSources.Flag("file", file) is { } name
            ? await BodyInput.OfFile(name, context.Cancellation)
            : await BodyInput.OfStandardInput(context.Console, context.Cancellation);
        await context.PrintRevision(await context.Store.Write(HttpMethod.Put, url, body, context.Cancellation));
    }
}
