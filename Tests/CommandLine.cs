using System.Text;
using Doozer.Silo.Commands;

namespace Doozer.Tests;

/// <summary>Runs commands within this process; a process for each would take a hundred times as long.</summary>
internal static class CommandLine
{
    public static async Task<CommandResult> Run(string input, params IEnumerable<string> arguments)
    {
        using var stdin = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var stdout = new MemoryStream();
        using var stderr = new StringWriter();
        int exitCode = await DoozerCommand.Run(
            [.. arguments], new CommandConsole(stdin, stdout, stderr), TestContext.Current.CancellationToken);
        return new CommandResult(exitCode, Encoding.UTF8.GetString(stdout.ToArray()), stderr.ToString());
    }
}

/// <summary>How a command ended.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error);
