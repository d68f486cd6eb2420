using System.Text;

namespace Doozer.Silo.Commands.Completion;

/// <summary>Completion for zsh, to be sourced, or to be a file <c>_doozer</c> in a directory of <c>fpath</c>.</summary>
internal static class ZshCompletion
{
    public static string Of(IReadOnlyList<CompletedCommand> commands)
    {
        var text = new StringBuilder($$"""
            #compdef doozer
            # Completes doozer's commands and options in zsh: source <(doozer completion zsh), after compinit
            _doozer() {
              local command= each previous=${words[CURRENT-1]}
              local -a found
              for each in ${words[2,CURRENT-1]}; do
                case "$command $each" in
                  *' --') _files; return ;;
                  {{string.Join('|', commands.Where(each => each.Path.Length > 0).Select(BashCompletion.PatternOf))}})
                    command="${command:+$command }$each" ;;
                esac
              done
              case $command in

            """);
        foreach (CompletedCommand command in commands)
            Append(text, command);
        text.Append("""
              esac
              if [[ $#found -gt 0 ]]; then _describe doozer found; else _files; fi
            }
            if [[ $funcstack[1] == _doozer ]]; then _doozer "$@"; else compdef _doozer doozer; fi

            """);
        return text.ToString();
    }

    private static void Append(StringBuilder text, CompletedCommand command)
    {
        text.Append($"    '{command.Path}')\n      case $previous in\n");
        foreach (CompletedOption option in command.Options.Where(option => option.TakesValue))
        {
            text.Append(
                $"        {string.Join('|', [option.Name, .. option.Aliases])}) found=({string.Join(' ', option.Values)}) ;;\n");
        }

        string options = string.Join(' ', command.Options.Select(option => Quote(option.Name, option.Description)));
        string words = string.Join(' ', command.Words.Select(word => Quote(word.Text, word.Description)));
        text.Append(
            $"        *) if [[ $words[CURRENT] == -* ]]; then found=({options}); else found=({words}); fi ;;\n      esac ;;\n");
    }

    private static string Quote(string word, string description) =>
        $"'{word}{(description.Length == 0 ? "" : ":")}{description.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
