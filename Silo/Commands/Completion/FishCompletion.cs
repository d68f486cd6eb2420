using System.Text;

namespace Doozer.Silo.Commands.Completion;

/// <summary>Completion for fish.</summary>
internal static class FishCompletion
{
    public static string Of(IReadOnlyList<CompletedCommand> commands)
    {
        var text = new StringBuilder($$"""
            # Completes doozer's commands and options in fish: doozer completion fish | source
            function __doozer_command
                set -l command
                set -l typed (commandline -opc)
                set -e typed[1]
                for word in $typed
                    switch "$command $word"
                        case {{string.Join(' ', commands.Where(each => each.Path.Length > 0).Select(BashCompletion.PatternOf))}}
                            set command (string trim -- "$command $word")
                    end
                end
                echo "$command"
            end

            """);
        foreach (CompletedCommand command in commands)
            Append(text, command);
        return text.ToString();
    }

    private static void Append(StringBuilder text, CompletedCommand command)
    {
        string when = $"complete -c doozer -n 'test (__doozer_command) = \"{command.Path}\"'";
        foreach (CompletedWord word in command.Words)
            text.Append($"{when} -f -a {word.Text}{Described(word.Description)}\n");
        foreach (CompletedOption option in command.Options)
        {
            text.Append(when);
            foreach (string name in (string[])[option.Name, .. option.Aliases])
                text.Append(name.StartsWith("--", StringComparison.Ordinal) ? $" -l {name[2..]}" : $" -s {name[1..]}");
            if (option.Values.Length > 0)
                text.Append($" -x -a '{string.Join(' ', option.Values)}'");
            else if (option.TakesValue)
                text.Append(" -r");
            text.Append($"{Described(option.Description)}\n");
        }
    }

    private static string Described(string text) => text.Length == 0
        ? ""
        : $" -d '{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
