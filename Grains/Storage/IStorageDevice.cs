namespace Doozer.Storage;

/// <summary>
/// What the log needs of a disk, and no more, so that tests and the simulator can put one in its place that fails, is
/// slow, or forgets what was not flushed. Failures are thrown as <see cref="IOException"/>.
/// </summary>
internal interface IStorageDevice
{
    /// <summary>Makes the directory, durably, unless it is there.</summary>
    void CreateDirectory(string directory);

    /// <summary>The names, without the directory, of the files in it.</summary>
    IReadOnlyList<string> List(string directory);

    ILogFile Open(string path);

    /// <summary>Opens a file that is only read. Deleting its name meanwhile does not disturb the reader.</summary>
    ILogFile OpenRead(string path);

    /// <summary>
    /// A file of that many zero bytes, really allocated and durable, in place of any file of that name. Its name is durable
    /// only after <see cref="FlushDirectory"/>.
    /// </summary>
    ILogFile Create(string path, long length);

    void Rename(string from, string to);

    /// <summary>Renames in one step, in place of any file of the new name.</summary>
    void Replace(string from, string to);

    void Delete(string path);

    /// <summary>Makes creations, renames and deletions in the directory durable.</summary>
    void FlushDirectory(string directory);

    /// <summary>A number nobody can guess (drawn from the seed, in a simulation).</summary>
    ulong NewSalt();
}

internal interface ILogFile : IDisposable
{
    long Length { get; }

    /// <summary>Fills the buffer; running into the end of the file is an error.</summary>
    void Read(Span<byte> buffer, long offset);

    /// <summary>Writing at or beyond the end makes the file longer.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when everything written to this file is durable. After a failure nothing is known about it.</summary>
    void Flush();
}
