using System.Diagnostics;

namespace Doozer.Tests.EndToEnd;

/// <summary>A file system of its own, in memory, that can be full or read-only.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _path;

    private SmallDisk(string path) => _path = path;

    /// <summary>Mounts it, or skips the test where that is not permitted.</summary>
    public static SmallDisk CreateOrSkip(string path, int megabytes)
    {
        Directory.CreateDirectory(path);
        if (Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "doozer-test", path) is { } refusal)
            Assert.Skip($"It needs a file system of its own ('mount', as root): {refusal}");
        return new SmallDisk(path);
    }

    public void Resize(int megabytes) => Remount($"size={megabytes}m");

    public void MakeReadOnly() => Remount("ro");

    public void MakeWritable() => Remount("rw");

    public void Dispose() => Run("umount", "--lazy", _path);

    private void Remount(string option) => Run("mount", "-o", $"remount,{option}", _path).ShouldBeNull();

    /// <returns>Null, or why it failed.</returns>
    private static string? Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false };
        try
        {
            using Process process = Process.Start(start)!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return exception.Message;
        }
    }
}
