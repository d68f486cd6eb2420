namespace Doozer;

/// <summary>A body is over the limit.</summary>
[GenerateSerializer, Alias("Doozer.BodyTooLargeException")]
public sealed class BodyTooLargeException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="length">Length of the body in bytes.</param>
    /// <param name="limit">The limit in bytes.</param>
    public BodyTooLargeException(long length, long limit)
        : base("body-too-large", $"The body of {length} bytes is over the limit of {limit} bytes.")
    {
        Length = length;
        Limit = limit;
    }

    /// <summary>Length of the body in bytes.</summary>
    [Id(0)]
    public long Length { get; }

    /// <summary>The limit in bytes.</summary>
    [Id(1)]
    public long Limit { get; }
}
