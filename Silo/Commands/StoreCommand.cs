using System.CommandLine;

namespace Doozer.Silo.Commands;

/// <summary>A command that talks to a store over HTTP.</summary>
internal static class StoreCommand
{
    /// <summary>What a command has when it runs.</summary>
    internal sealed record Context(
        ParseResult Arguments, StoreClient Store, CommandConsole Console, CancellationToken Cancellation)
    {
        public ValueTask Print(string line) => Console.WriteLine(line, Cancellation);
    }

    public static Command Create(
        string name, string description, CommandConsole console, Symbol[] parameters, Func<Context, Task> run) =>
        Create(name, description, console, parameters, async context =>
        {
            await run(context);
            return ExitCode.Done;
        });

    /// <summary>A command with exit statuses of its own.</summary>
    public static Command Create(
        string name, string description, CommandConsole console, Symbol[] parameters, Func<Context, Task<int>> run)
    {
        Option<string?> address = StoreOptions.Address();
        Option<string> names = StoreOptions.Namespace();
        var command = new Command(name, description) { address, names };
        foreach (Symbol parameter in parameters)
        {
            if (parameter is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)parameter);
        }

        command.SetAction(async (result, cancellation) =>
        {
            using StoreClient store = StoreOptions.Client(result.GetValue(address), result.GetValue(names)!);
            return await run(new Context(result, store, console, cancellation));
        });
        return command;
    }

    public static Argument<string> Path() => new("PATH") { Description = "Absolute path, such as /app/leader." };

    public static Argument<string> Glob() => new("GLOB")
    {
        Description = "Which files: ? is one character and * any within a name, ** any across names.",
    };

    public static Argument<long> FileRevision() => new("REV")
    {
        Description = "Highest revision of the file that may be replaced; 0: must not exist; -1: any.",
        CustomParser = WholeNumber.Revision,
    };
}
