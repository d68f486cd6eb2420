namespace Doozer;

/// <summary>The revision does not exist yet.</summary>
[GenerateSerializer, Alias("Doozer.FutureRevisionException")]
public sealed class FutureRevisionException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="revision">The revision asked for.</param>
    /// <param name="current">The newest revision.</param>
    public FutureRevisionException(long revision, long current)
        : base("future-revision", $"The revision {revision} does not exist yet; the newest is {current}.")
    {
        Revision = revision;
        Current = current;
    }

    /// <summary>The revision asked for.</summary>
    [Id(0)]
    public long Revision { get; }

    /// <summary>The newest revision.</summary>
    [Id(1)]
    public long Current { get; }
}
