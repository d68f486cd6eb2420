namespace Doozer;

/// <summary>A revision is negative and has no special meaning.</summary>
[GenerateSerializer, Alias("Doozer.InvalidRevisionException")]
public sealed class InvalidRevisionException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="revision">The revision as given.</param>
    public InvalidRevisionException(long revision)
        : base("invalid-revision", $"The revision {revision} is not valid: give -1 or a revision from 0 on.")
    {
        Revision = revision;
    }

    /// <summary>The revision as given.</summary>
    [Id(0)]
    public long Revision { get; }
}
