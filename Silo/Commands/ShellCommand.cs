using System.ComponentModel;
using System.Diagnostics;

namespace Doozer.Silo.Commands;

/// <summary>Runs other programs by the shell, which finds them, and says why it cannot.</summary>
internal static class ShellCommand
{
    /// <summary>What the shell is to run.</summary>
    public static ProcessStartInfo Of(string text) =>
        OperatingSystem.IsWindows() ? new("cmd.exe", ["/c", text]) : new("/bin/sh", ["-c", text]);

    /// <summary>A program and its arguments, just as they stand. The shell makes way for it.</summary>
    public static ProcessStartInfo Of(string[] command) =>
        OperatingSystem.IsWindows()
            ? new(command[0], command[1..])
            : new("/bin/sh", ["-c", "exec \"$@\"", "doozer", .. command]);

    /// <exception cref="CommandFailure">There is no shell.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new CommandFailure($"'{start.FileName}' cannot be run: {exception.Message}", ExitCode.CannotRun);
        }
    }
}
