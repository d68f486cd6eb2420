using System.CommandLine;
using Doozer.Silo.Bench;

namespace Doozer.Silo.Commands;

/// <summary>
/// The command line. What needs Orleans or ASP.NET stays behind the commands that use it, so that the others start fast.
/// </summary>
internal static class DoozerCommand
{
    public static async Task<int> Run(string[] args, CommandConsole console, CancellationToken cancellation)
    {
        RootCommand root = Create(console);
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string error in Errors(parsed))
                await console.Error.WriteLineAsync("doozer: " + error);
            await console.Error.WriteLineAsync("Try 'doozer --help'.");
            return ExitCode.Failure;
        }

        try
        {
            // Signals are for the commands themselves: a node has to hand leadership over before it goes.
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (CommandFailure failure)
        {
            await console.Error.WriteLineAsync("doozer: " + failure.Message);
            return failure.ExitCode;
        }
        catch (IOException exception)
        {
            // Such as a pipe whose reader is gone.
            await console.Error.WriteLineAsync("doozer: " + exception.Message);
            return ExitCode.Failure;
        }
    }

    // Of a command that it does not know the parser also says that one is missing.
    private static IEnumerable<string> Errors(ParseResult parsed) =>
        parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [string unknown, ..]
            ? [$"There is no command '{unknown}'."]
            : parsed.Errors.Select(error => error.Message);

    private static RootCommand Create(CommandConsole console)
    {
        var root = new RootCommand(
            """
            A consistent, highly available store for locks, configuration and names.

            Exit status: 0 done, 1 the file was newer than the given revision, 2 anything else.
            Data goes to standard output, messages to standard error.

            wait and watch print a change as a line 'REVISION set PATH LENGTH', then LENGTH bytes of body and a line feed;
            or as a line 'REVISION del PATH'.
            """)
        {
            ServeCommand.Create(console),
            UpCommand.Create(console),
            BenchCommand.Create(console),
            SnapshotCommand.Create(console),
        };
        foreach (Command command in FileCommands.Create(console))
            root.Add(command);
        foreach (Command command in ListCommands.Create(console))
            root.Add(command);
        foreach (Command command in EventCommands.Create(console))
            root.Add(command);
        foreach (Command command in NodeCommands.Create(console))
            root.Add(command);
        return root;
    }
}
