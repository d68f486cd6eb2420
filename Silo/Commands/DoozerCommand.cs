using System.CommandLine;
using System.CommandLine.Parsing;
using Doozer.Silo.Bench;
using Doozer.Silo.Commands.Completion;
using ParsedCommand = System.CommandLine.Parsing.CommandResult;

namespace Doozer.Silo.Commands;

/// <summary>
/// The command line. What needs Orleans or ASP.NET stays behind the commands that use it, so that the others start fast.
/// </summary>
internal static class DoozerCommand
{
    // No argument stands for what a file of that name holds.
    private static readonly ParserConfiguration AsTheyStand = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> Run(string[] args, CommandConsole console, CancellationToken cancellation)
    {
        ParseResult parsed = Create(console).Parse(args, AsTheyStand);
        string[] errors = [.. Errors(parsed)];
        if (errors.Length > 0)
        {
            foreach (string error in errors)
                console.Complain(error);
            await console.Error.WriteLineAsync($"Try '{NameOf(parsed.CommandResult)} --help'.");
            return ExitCode.Failure;
        }

        try
        {
            // Signals are for the commands themselves: a node has to hand leadership over before it goes.
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = new StreamWriter(console.Output) { AutoFlush = true },
                Error = console.Error,
            };
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (ReaderGone)
        {
            return ExitCode.Failure;
        }
        catch (CommandFailure failure)
        {
            console.Complain(failure.Message);
            return failure.ExitCode;
        }
        catch (IOException exception)
        {
            // Such as a full disk behind standard output.
            console.Complain(exception.Message);
            return ExitCode.Failure;
        }
    }

    // Of a command that it does not know the parser also says that one is missing, and an option that it does not know it takes
    // for an argument.
    private static IEnumerable<string> Errors(ParseResult parsed)
    {
        if (parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [[not '-', ..] unknown, ..])
            return [$"There is no command '{unknown}'{Hint(unknown, parsed.CommandResult.Command)}."];
        return UnknownOption(parsed) is { } option
            ? [$"'{NameOf(parsed.CommandResult)}' has no option '{option}'."]
            : parsed.Errors.Select(Describe);
    }

    private static string Hint(string unknown, Command among)
    {
        (string? name, int slips) = among.Subcommands
            .Select(command => (command.Name, Slips: Spelling.Slips(unknown, command.Name)))
            .MinBy(each => each.Slips);
        return name is not null && slips <= Math.Min(2, name.Length / 2)
            ? $"; perhaps you mean '{name}'"
            : "";
    }

    private static string? UnknownOption(ParseResult parsed)
    {
        if (parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash))
            return null;
        IEnumerable<string> arguments = parsed.CommandResult.Children
            .OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens.Select(token => token.Value));
        return arguments.Concat(parsed.UnmatchedTokens).FirstOrDefault(text => text is ['-', not (>= '0' and <= '9'), ..]);
    }

    private static string Describe(ParseError error) =>
        error.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: ParsedCommand command } missing
            ? $"'{NameOf(command)}' needs {missing.Argument.Name}."
            : error.Message.Replace(Environment.NewLine + "\t", " ");

    /// <summary>A command as it is typed, such as <c>doozer leader transfer</c>.</summary>
    private static string NameOf(ParsedCommand command) =>
        command.Parent is ParsedCommand parent ? $"{NameOf(parent)} {command.Command.Name}" : "doozer";

    private static Command Help(CommandConsole console)
    {
        var names = new Argument<string[]>("COMMAND")
        {
            Description = "Which command.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("help", "Tells what a command takes, as 'doozer COMMAND --help' does.") { names };
        command.SetAction((result, cancellation) => Run([.. result.GetValue(names) ?? [], "--help"], console, cancellation));
        return command;
    }

    internal static RootCommand Create(CommandConsole console)
    {
        var root = new RootCommand(
            """
            A consistent, highly available store for locks, configuration and names.

            Exit status: 0 done, 1 the file was newer than the given revision, or something is wrong with the cluster, 2 anything
            else. Data goes to standard output, messages to standard error. With --json each line of data is an object.

            wait and watch print a change as a line 'REVISION set PATH LENGTH', then LENGTH bytes of body and a line feed;
            as a line 'REVISION del PATH'; or, for a glob that matches /, as a line 'REVISION nop'.
            """)
        {
            ServeCommand.Create(console),
            UpCommand.Create(console),
            BenchCommand.Create(console),
            SnapshotCommand.Create(console),
            Help(console),
        };
        // What begins with a slash is a path.
        foreach (Option option in root.Options)
        {
            foreach (string alias in option.Aliases.Where(alias => alias.StartsWith('/')).ToArray())
                option.Aliases.Remove(alias);
        }

        foreach (Command command in All(console))
            root.Add(command);
        return root;
    }

    private static IEnumerable<Command> All(CommandConsole console) =>
    [
        .. FileCommands.Create(console),
        .. ListCommands.Create(console),
        HistoryCommand.Create(console),
        TransactCommand.Create(console),
        NamespaceCommands.Create(console),
        SessionCommands.Create(console),
        .. HoldCommands.Create(console),
        .. EventCommands.Create(console),
        .. NodeCommands.Create(console),
        HealthCommand.Create(console),
        CompletionCommand.Create(console),
    ];
}
