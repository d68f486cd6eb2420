using System.CommandLine;

namespace Doozer.Silo.Commands.Completion;

/// <summary><c>doozer completion</c>: prints what makes a shell complete the commands of this program.</summary>
internal static class CompletionCommand
{
    public static Command Create(CommandConsole console)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command(
            "completion",
            "Prints a script that completes commands and options. For bash: source <(doozer completion bash), in ~/.bashrc; " +
            "for zsh the same, after compinit; for fish: doozer completion fish | source.")
        {
            shell,
        };
        command.SetAction(async (result, cancellation) =>
        {
            CompletedCommand[] commands = [.. CompletedCommand.AllOf(result.RootCommandResult.Command)];
            await console.Write(
                result.GetValue(shell) switch
                {
                    "bash" => BashCompletion.Of(commands),
                    "zsh" => ZshCompletion.Of(commands),
                    _ => FishCompletion.Of(commands),
                },
                cancellation);
            return ExitCode.Done;
        });
        return command;
    }
}
