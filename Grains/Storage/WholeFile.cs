namespace Doozer.Storage;

/// <summary>Small files that are only ever written whole.</summary>
internal static class WholeFile
{
    /// <summary>Puts a file in place in one step, in place of any other: a crash leaves the old one or the new one.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        string temporary = path + ".tmp";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        Posix.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
