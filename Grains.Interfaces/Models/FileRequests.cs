namespace Doozer;

/// <summary>What a <see cref="FileRequest"/> asks for.</summary>
internal enum FileOperation
{
    /// <summary><see cref="INamespaceGrain.Get"/>.</summary>
    Get = 1,

    /// <summary><see cref="INamespaceGrain.Set"/>.</summary>
    Set = 2,

    /// <summary><see cref="INamespaceGrain.Del"/>.</summary>
    Del = 3,
}

/// <summary>One of the requests of <see cref="IFileRequestsGrain.Answer"/>: the arguments of its operation.</summary>
[GenerateSerializer, Immutable, Alias("Doozer.FileRequest")]
internal readonly record struct FileRequest(
    [property: Id(0)] FileOperation Operation,
    [property: Id(1)] string Path,
    [property: Id(2)] long Revision,
    [property: Id(3)] ReadMode Mode = ReadMode.Linearizable,
    [property: Id(4)] byte[]? Body = null,
    [property: Id(5)] Guid RequestId = default,
    [property: Id(6)] long? Floor = null,
    [property: Id(7)] long Session = 0)
{
    /// <summary>Most requests of one call.</summary>
    public const int MaxOfCall = 1000;
}

/// <summary>What came of a <see cref="FileRequest"/>.</summary>
/// <param name="Revision">Of a write: its revision.</param>
/// <param name="Content">Of a read: the file.</param>
/// <param name="Error">Why it was not done.</param>
[GenerateSerializer, Alias("Doozer.FileAnswer")]
internal readonly record struct FileAnswer(
    [property: Id(0)] long Revision = 0,
    [property: Id(1)] FileContent? Content = null,
    [property: Id(2)] Exception? Error = null)
{
    /// <summary>No answer: there was no room for it.</summary>
    public static FileAnswer None => default;

    /// <summary>Whether it is <see cref="None"/>: a write that was done has a revision.</summary>
    public bool IsNone => Revision == 0 && Content is null && Error is null;
}
