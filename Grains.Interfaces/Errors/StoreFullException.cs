namespace Doozer;

/// <summary>
/// The files of the namespace would take more than its limit. Nothing was changed; deletes, and writes that do not make the files
/// larger, still work.
/// </summary>
[GenerateSerializer, Alias("Doozer.StoreFullException")]
public sealed class StoreFullException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path of the file that would not fit.</param>
    /// <param name="used">Bytes that the files take, as the silo that answers sees it.</param>
    /// <param name="limit">Bytes that they may take.</param>
    public StoreFullException(string path, long used, long limit)
        : base(
            "store-full",
            $"The store is full: '{path}' was not written, since the files take {used} of {limit} bytes; delete some first.")
    {
        Path = path;
        Used = used;
        Limit = limit;
    }

    /// <summary>The path of the file that would not fit.</summary>
    [Id(0)]
    public string Path { get; }

    /// <summary>Bytes that the files take, as the silo that answers sees it.</summary>
    [Id(1)]
    public long Used { get; }

    /// <summary>Bytes that they may take.</summary>
    [Id(2)]
    public long Limit { get; }
}
