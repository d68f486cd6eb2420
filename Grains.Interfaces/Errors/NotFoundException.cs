namespace Doozer;

/// <summary>There is nothing at the path.</summary>
[GenerateSerializer, Alias("Doozer.NotFoundException")]
public sealed class NotFoundException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="path">The path.</param>
    public NotFoundException(string path)
        : base("not-found", $"There is nothing at '{path}'.")
    {
        Path = path;
    }

    /// <summary>The path.</summary>
    [Id(0)]
    public string Path { get; }
}
