using System.Runtime.InteropServices;

namespace Doozer.Silo.Serve;

/// <summary>This program as the system knows it.</summary>
internal static partial class OwnProcess
{
    /// <summary>What to run to run this program: the executable and the arguments that go before its own.</summary>
    public static IReadOnlyList<string> Command
    {
        get
        {
            string self = Environment.ProcessPath
                ?? throw new InvalidOperationException("The path of this executable is not known.");

            // Started as 'dotnet doozer.dll', the executable is dotnet.
            return Path.GetFileNameWithoutExtension(self) == "dotnet"
                ? [self, Path.Combine(AppContext.BaseDirectory, "doozer.dll")]
                : [self];
        }
    }

    /// <summary>
    /// Replaces the program by a new run of itself with the same arguments, in the same process. Returns only where that is not
    /// possible.
    /// </summary>
    public static void StartAnew()
    {
        if (OperatingSystem.IsWindows())
            return;
        string?[] arguments = [.. Command, .. Environment.GetCommandLineArgs().Skip(1), null];
        _ = ExecV(arguments[0]!, arguments);
    }

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ExecV(string path, string?[] arguments);
}
