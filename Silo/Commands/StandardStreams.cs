using System.Runtime.InteropServices;

namespace Doozer.Silo.Commands;

/// <summary>The three streams that a process is started with. Each may be closed, as by <c>&lt;&amp;-</c> in a shell.</summary>
internal static partial class StandardStreams
{
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;

    public static Stream Input() =>
        IsOpen(0) ? Console.OpenStandardInput() : new ClosedStream("Standard input is closed.");

    public static Stream Output() =>
        IsOpen(1) ? new ReadOutput(DescriptorOutput.Open(1), 1) : new ClosedStream("Standard output is closed.");

    // Not Console.Error, which sends the terminal an order of its own first.
    public static TextWriter Error() => IsOpen(2)
        ? TextWriter.Synchronized(new StreamWriter(DescriptorOutput.Open(2)) { AutoFlush = true })
        : TextWriter.Null;

    /// <summary>Whether somebody types what is read.</summary>
    public static bool IsInputTyped() => IsOpen(0) && !Console.IsInputRedirected;

    /// <summary>Whether somebody sees messages as they come.</summary>
    public static bool IsErrorSeen() => IsOpen(2) && !Console.IsErrorRedirected;

    /// <summary>
    /// Whether it was open when the process began. If not, the runtime has taken its number for a file of its own, and closes
    /// that, unlike what it was started with, for other programs.
    /// </summary>
    internal static bool IsOpen(int descriptor) =>
        OperatingSystem.IsWindows() || (FCntl(descriptor, GetFlags) is >= 0 and int flags && (flags & CloseOnExec) == 0);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FCntl(int descriptor, int command);
}
