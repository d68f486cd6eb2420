namespace Doozer;

/// <summary>The revision is older than the retained history.</summary>
[GenerateSerializer, Alias("Doozer.TooLateException")]
public sealed class TooLateException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="revision">The revision asked for.</param>
    /// <param name="oldest">The oldest revision that is left.</param>
    public TooLateException(long revision, long oldest)
        : base("too-late", $"The revision {revision} is no longer retained; the oldest is {oldest}.")
    {
        Revision = revision;
        Oldest = oldest;
    }

    /// <summary>The revision asked for.</summary>
    [Id(0)]
    public long Revision { get; }

    /// <summary>The oldest revision that is left.</summary>
    [Id(1)]
    public long Oldest { get; }
}
