using System.Globalization;

namespace SingletonJob;

/// <summary>
/// What the job writes to, outside of the store: a file that refuses who is not the newest holder of the lock. Without that a
/// process that was paused for long could write after its successor, because it does not know yet that it has one.
/// </summary>
/// <remarks>All silos of the sample are in one process; between processes the check and the write need a lock of the disk's own,
/// or a database that does both as one.</remarks>
public sealed class FencedFile(string path)
{
    private readonly Lock _gate = new();

    /// <summary>Replaces the content, unless somebody with a higher token has written.</summary>
    /// <returns>Whether it was written.</returns>
    public bool TryWrite(long token, string text)
    {
        lock (_gate)
        {
            if (File.Exists(path) && token < long.Parse(File.ReadLines(path).First(), CultureInfo.InvariantCulture))
                return false;
            File.WriteAllText(path, $"{token}\n{text}");
            return true;
        }
    }
}
