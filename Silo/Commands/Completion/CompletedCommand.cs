using System.CommandLine;
using System.CommandLine.Completions;

namespace Doozer.Silo.Commands.Completion;

/// <summary>A word that may come next, and what it is for.</summary>
internal readonly record struct CompletedWord(string Text, string Description);

/// <summary>An option of a command.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Aliases">Other names, of one letter.</param>
/// <param name="Description">What it is for.</param>
/// <param name="TakesValue">Whether a value follows.</param>
/// <param name="Values">The values that there are; empty when they cannot be told.</param>
internal sealed record CompletedOption(
    string Name, string[] Aliases, string Description, bool TakesValue, string[] Values);

/// <summary>A command as a shell must know it.</summary>
/// <param name="Path">As it is typed, without the program's name; empty for the program itself.</param>
/// <param name="Words">The commands within it, or what its argument may be.</param>
/// <param name="Options">Its options.</param>
internal sealed record CompletedCommand(string Path, CompletedWord[] Words, CompletedOption[] Options)
{
    /// <summary>A command and all within it.</summary>
    public static IEnumerable<CompletedCommand> AllOf(Command root)
    {
        Option[] everywhere = [.. root.Options.Where(option => option.Recursive)];
        return AllOf(root, "", everywhere);
    }

    private static IEnumerable<CompletedCommand> AllOf(Command command, string path, Option[] everywhere)
    {
        IEnumerable<CompletedWord> words = command.Subcommands.Count > 0
            ? command.Subcommands.Select(each => new CompletedWord(each.Name, Shorten(each.Description)))
            : command.Arguments.SelectMany(ValuesOf).Select(value => new CompletedWord(value, ""));
        IEnumerable<Option> options = command.Options.Concat(everywhere).Distinct();
        yield return new CompletedCommand(
            path,
            [.. words],
            [.. options.Where(option => !option.Hidden).OrderBy(option => option.Name, StringComparer.Ordinal).Select(Of)]);
        foreach (Command each in command.Subcommands)
        {
            foreach (CompletedCommand below in AllOf(each, path.Length == 0 ? each.Name : $"{path} {each.Name}", everywhere))
                yield return below;
        }
    }

    private static CompletedOption Of(Option option) => new(
        option.Name,
        [.. option.Aliases.Where(alias => alias != option.Name && alias is ['-', >= 'a' and <= 'z'])],
        Shorten(option.Description),
        option.ValueType != typeof(bool) && option.Arity.MaximumNumberOfValues > 0,
        option.ValueType == typeof(bool) ? [] : [.. ValuesOf(option)]);

    private static IEnumerable<string> ValuesOf(Symbol symbol) =>
        symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label);

    // A shell shows it on one line.
    private static string Shorten(string? text)
    {
        string line = (text ?? "").Split('\n')[0].Trim();
        int end = line.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? line : line[..end]).TrimEnd('.');
    }
}
