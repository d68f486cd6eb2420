using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Doozer.Storage;

/// <summary>The two calls .NET does not offer: fdatasync, and fsync of a directory.</summary>
internal static partial class Posix
{
    private const int Eintr = 4;
    private const int ReadOnly = 0;

    /// <summary>Flushes data and the length, but not the time stamps, which would cost a journal commit each time.</summary>
    public static void FlushData(SafeFileHandle file)
    {
        // Elsewhere than on Linux fdatasync may stop at the drive's cache; .NET knows the right call there.
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (FDataSync(file) != 0)
            ThrowUnlessInterrupted("fdatasync");
    }

    public static void FlushDirectory(string path)
    {
        // Windows journals names by itself and has no such call.
        if (OperatingSystem.IsWindows())
            return;

        int descriptor;
        while ((descriptor = Open(path, ReadOnly)) < 0)
            ThrowUnlessInterrupted("open of directory '" + path + "'");
        try
        {
            while (FSync(descriptor) != 0)
                ThrowUnlessInterrupted("fsync of directory '" + path + "'");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void ThrowUnlessInterrupted(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        if (error != Eintr)
            throw new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
