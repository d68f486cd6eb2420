namespace Doozer;

/// <summary>Too many requests are waiting. What was asked for was not done; try again later.</summary>
[GenerateSerializer, Alias("Doozer.OverloadedException")]
public sealed class OverloadedException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="what">What there is too much of.</param>
    /// <param name="limit">The limit.</param>
    public OverloadedException(string what, long limit)
        : base("overloaded", $"There are too many {what} (limit {limit}); nothing was done, try again later.")
    {
        What = what;
        Limit = limit;
    }

    /// <summary>What there is too much of.</summary>
    [Id(0)]
    public string What { get; }

    /// <summary>The limit.</summary>
    [Id(1)]
    public long Limit { get; }
}
