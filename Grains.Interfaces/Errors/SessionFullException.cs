namespace Doozer;

/// <summary>The session holds as many files as it may; open another for more. Nothing was changed.</summary>
[GenerateSerializer, Alias("Doozer.SessionFullException")]
public sealed class SessionFullException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="session">The session's id.</param>
    public SessionFullException(long session)
        : base("session-full", $"The session {session} holds {Limits.SessionFiles} files already; open another for more.")
    {
        Session = session;
        Limit = Limits.SessionFiles;
    }

    /// <summary>The session's id.</summary>
    [Id(0)]
    public long Session { get; }

    /// <summary>Most files that one session holds.</summary>
    [Id(1)]
    public int Limit { get; }
}
