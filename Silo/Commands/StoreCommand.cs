using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>A command that talks to a store over HTTP.</summary>
internal static class StoreCommand
{
    /// <summary>What a command has when it runs.</summary>
    internal sealed record Context(
        ParseResult Arguments, StoreClient Store, CommandConsole Console, bool IsJson, CancellationToken Cancellation)
    {
        public ValueTask Print(string line) => Console.WriteLine(line, Cancellation);

        /// <summary>Prints a line for people, or what it tells as JSON.</summary>
        public ValueTask Print<T>(T value, JsonTypeInfo<T> type, string line) =>
            IsJson ? PrintJson(value, type) : Print(line);

        public ValueTask PrintJson<T>(T value, JsonTypeInfo<T> type) => Console.WriteJson(value, type, Cancellation);

        /// <summary>Prints what a write has taken.</summary>
        public ValueTask PrintRevision(long revision) =>
            Print(new WriteResult(revision), AnswerJson.Types.WriteResult, $"{revision}");
    }

    /// <summary>A command that prints something, if it likes as JSON.</summary>
    public static Command Create(
        string name, string description, CommandConsole console, Symbol[] parameters, Func<Context, Task> run) =>
        Create(name, description, console, parameters, printsData: true, Done(run));

    /// <summary>A command that prints nothing.</summary>
    public static Command CreateSilent(
        string name, string description, CommandConsole console, Symbol[] parameters, Func<Context, Task> run) =>
        Create(name, description, console, parameters, printsData: false, Done(run));

    /// <summary>A command that prints something and concerns no single namespace.</summary>
    public static Command CreateForAll(
        string name, string description, CommandConsole console, Symbol[] parameters, Func<Context, Task> run) =>
        CreateForAll(name, description, console, parameters, Done(run));

    /// <summary>As the other, with exit statuses of its own.</summary>
    public static Command CreateForAll(
        string name, string description, CommandConsole console, Symbol[] parameters, Func<Context, Task<int>> run)
    {
        Command command = Create(name, description, console, parameters, printsData: true, run);
        command.Options.Remove(command.Options.First(option => option.Name == StoreOptions.NamespaceName));
        return command;
    }

    /// <summary>A command with exit statuses of its own.</summary>
    public static Command Create(
        string name,
        string description,
        CommandConsole console,
        Symbol[] parameters,
        bool printsData,
        Func<Context, Task<int>> run)
    {
        Option<string?> address = StoreOptions.Address();
        Option<string> names = StoreOptions.Namespace();
        Option<bool> json = StoreOptions.Json();
        var command = new Command(name, description) { address, names };
        if (printsData)
            command.Add(json);
        foreach (Symbol parameter in parameters)
        {
            if (parameter is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)parameter);
        }

        command.SetAction(async (result, cancellation) =>
        {
            using StoreClient store = StoreOptions.Client(
                result.GetValue(address), result.GetValue(names) ?? Names.Main);
            return await run(new Context(result, store, console, printsData && result.GetValue(json), cancellation));
        });
        return command;
    }

    private static Func<Context, Task<int>> Done(Func<Context, Task> run) => async context =>
    {
        await run(context);
        return ExitCode.Done;
    };

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
