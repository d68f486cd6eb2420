using System.Text;

namespace Doozer.Silo.Commands.Completion;

/// <summary>Completion for bash. Where it has nothing to say bash completes names of files.</summary>
internal static class BashCompletion
{
    public static string Of(IReadOnlyList<CompletedCommand> commands)
    {
        var text = new StringBuilder($$"""
            # Completes doozer's commands and options in bash: source <(doozer completion bash)
            _doozer() {
              local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= words= each
              COMPREPLY=()
              for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                case "$command $each" in
                  *' --') return ;;
                  {{string.Join('|', commands.Where(each => each.Path.Length > 0).Select(PatternOf))}})
                    command="${command:+$command }$each" ;;
                esac
              done
              case $command in

            """);
        foreach (CompletedCommand command in commands)
            Append(text, command);
        text.Append("""
              esac
              COMPREPLY=($(compgen -W "$words" -- "$word"))
            }
            complete -o default -F _doozer doozer

            """);
        return text.ToString();
    }

    private static void Append(StringBuilder text, CompletedCommand command)
    {
        text.Append($"    '{command.Path}')\n      case $previous in\n");
        foreach (CompletedOption option in command.Options.Where(option => option.TakesValue))
        {
            string names = string.Join('|', [option.Name, .. option.Aliases]);
            text.Append(option.Values.Length > 0
                ? $"        {names}) words='{string.Join(' ', option.Values)}' ;;\n"
                : $"        {names}) return ;;\n");
        }

        string options = string.Join(' ', command.Options.Select(option => option.Name));
        string words = string.Join(' ', command.Words.Select(word => word.Text));
        text.Append($"        *) if [[ $word == -* ]]; then words='{options}'; else words='{words}'; fi ;;\n      esac ;;\n");
    }

    /// <summary>How the loop sees the last word of a command: the command before it, a space, and the word.</summary>
    public static string PatternOf(CompletedCommand command) =>
        command.Path.Contains(' ') ? $"'{command.Path}'" : $"' {command.Path}'";
}
