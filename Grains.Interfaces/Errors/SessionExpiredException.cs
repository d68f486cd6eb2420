namespace Doozer;

/// <summary>
/// The session is over: it was closed, or nothing was heard of it for its ttl. Or it never was. What it held is deleted.
/// </summary>
[GenerateSerializer, Alias("Doozer.SessionExpiredException")]
public sealed class SessionExpiredException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="session">The session's id.</param>
    public SessionExpiredException(long session)
        : base("session-expired", $"There is no session {session}: it was closed, it expired, or it never was.") =>
        Session = session;

    /// <summary>The session's id.</summary>
    [Id(0)]
    public long Session { get; }
}
