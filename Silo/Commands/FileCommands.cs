using System.CommandLine;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;

namespace Doozer.Silo.Commands;

/// <summary>Commands for one path: get, set, add, del, stat.</summary>
internal static class FileCommands
{
    /// <summary>Far over any limit a node can have; keeps an endless pipe from filling the memory.</summary>
    private const int MaxInputBytes = 16 << 20;

    public static IEnumerable<Command> Create(CommandConsole console) =>
        [Get(console), Set(console), Add(console), Del(console), Stat(console)];

    private static Command Get(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create("get", "Prints the body of a file.", console, [path, revision, local], async context =>
        {
            byte[] body = await context.Store.ReadBytes(
                $"{StoreClient.Tree(context.Arguments.GetValue(path)!)}?{ReadQuery.Of(context.Arguments, revision, local)}",
                context.Cancellation);
            await context.Console.Output.WriteAsync(body, context.Cancellation);
        });
    }

    private static Command Set(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Argument<long> revision = StoreCommand.FileRevision();
        Option<string?> file = BodyFile();
        return StoreCommand.Create(
            "set", "Writes a file; the body is standard input. Prints the new revision.", console, [path, revision, file],
            context => Put(
                context,
                context.Arguments.GetValue(path)!,
                context.Arguments.GetValue(revision),
                context.Arguments.GetValue(file)));
    }

    private static Command Add(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<string?> file = BodyFile();
        return StoreCommand.Create(
            "add",
            "Writes a file that must not exist; the body is standard input. Prints the new revision.",
            console,
            [path, file],
            context => Put(
                context, context.Arguments.GetValue(path)!, Revisions.Missing, context.Arguments.GetValue(file)));
    }

    private static Command Del(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Argument<long> revision = StoreCommand.FileRevision();
        return StoreCommand.Create("del", "Deletes a file. Prints the new revision.", console, [path, revision], async context =>
        {
            string url = $"{StoreClient.Tree(context.Arguments.GetValue(path)!)}?rev={context.Arguments.GetValue(revision)}";
            await context.Print($"{await context.Store.Write(HttpMethod.Delete, url, null, context.Cancellation)}");
        });
    }

    private static Command Stat(CommandConsole console)
    {
        Argument<string> path = StoreCommand.Path();
        Option<long> revision = StoreOptions.Revision();
        Option<bool> local = StoreOptions.Local();
        return StoreCommand.Create(
            "stat",
            "Prints what is at a path: 'file REVISION LENGTH' or 'directory 0 ENTRIES'.",
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
                await context.Print($"{stat.Kind} {stat.Revision} {stat.Length}");
            });
    }

    private static Option<string?> BodyFile() => new("--file", "-f")
    {
        HelpName = "FILE",
        Description = "Holds the body, instead of standard input.",
    };

    private static async Task Put(StoreCommand.Context context, string path, long revision, string? file)
    {
        string url = $"{StoreClient.Tree(path)}?rev={revision}";
        byte[] body = SettingsSources.Flag("file", file) is { } name
            ? await ReadFile(name, context.Cancellation)
            : await ReadInput(context.Console.Input, context.Cancellation);
        await context.Print($"{await context.Store.Write(HttpMethod.Put, url, body, context.Cancellation)}");
    }

    private static async Task<byte[]> ReadFile(string file, CancellationToken cancellation)
    {
        if (Directory.Exists(file))
            throw new CommandFailure($"'{file}' is a directory and has no body.");
        try
        {
            await using FileStream input = File.OpenRead(file);
            return await ReadInput(input, cancellation);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandFailure(exception.Message);
        }
    }

    private static async Task<byte[]> ReadInput(Stream input, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        byte[] buffer = new byte[32 * 1024];
        while (await input.ReadAsync(buffer, cancellation) is > 0 and int read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxInputBytes)
                throw new CommandFailure($"The body is over {MaxInputBytes} bytes, more than any store takes.");
        }

        return body.ToArray();
    }
}
