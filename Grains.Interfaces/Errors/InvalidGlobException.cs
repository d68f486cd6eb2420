namespace Doozer;

/// <summary>A glob does not parse.</summary>
[GenerateSerializer, Alias("Doozer.InvalidGlobException")]
public sealed class InvalidGlobException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="glob">The glob as given.</param>
    /// <param name="reason">What is wrong with it.</param>
    public InvalidGlobException(string glob, string reason)
        : base("invalid-glob", $"The glob '{glob}' is not valid: {reason}.")
    {
        Glob = glob;
        Reason = reason;
    }

    /// <summary>The glob as given.</summary>
    [Id(0)]
    public string Glob { get; }

    /// <summary>What is wrong with it.</summary>
    [Id(1)]
    public string Reason { get; }
}
