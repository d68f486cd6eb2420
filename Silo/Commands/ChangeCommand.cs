using System.Diagnostics;
using System.Globalization;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Runs a command of the shell for each change, one after the other.</summary>
/// <param name="command">What the shell is to run.</param>
/// <param name="console">Where to complain.</param>
internal sealed class ChangeCommand(string command, CommandConsole console)
{
    /// <summary>Runs it with the change in its environment, and the body on its standard input.</summary>
    public async Task Run(EventResult e, CancellationToken cancellation)
    {
        using Process process = Start(e);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(e.Body, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It need not read the body.
        }

        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            console.Complain($"The command ended with status {process.ExitCode} for revision {e.Revision} of '{e.Path}'.");
    }

    private Process Start(EventResult e)
    {
        ProcessStartInfo start = ShellCommand.Of(command);
        start.RedirectStandardInput = true;
        start.Environment[CommandVariables.Path] = e.Path;
        start.Environment[CommandVariables.Kind] = e.Kind;
        start.Environment[CommandVariables.Revision] = e.Revision.ToString(CultureInfo.InvariantCulture);
        start.Environment[CommandVariables.Session] = e.Session?.ToString(CultureInfo.InvariantCulture) ?? "";
        start.Environment[CommandVariables.End] = (e.End ?? e.Revision).ToString(CultureInfo.InvariantCulture);
        return ShellCommand.Start(start);
    }
}
