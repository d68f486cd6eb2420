namespace Doozer;

/// <summary>
/// The store has forgotten requests that came after the floor of this one, so it cannot tell whether it was done before. It was
/// not done now: who never sent it before knows that it is not done, and for all others the outcome is unknown.
/// </summary>
[GenerateSerializer, Alias("Doozer.RequestTooOldException")]
public sealed class RequestTooOldException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="requestId">Identity of the write.</param>
    /// <param name="current">The newest revision when it was refused.</param>
    public RequestTooOldException(Guid requestId, long current)
        : base(
            "request-too-old",
            $"The write {requestId} was not done now, and whether it was done before is no longer known; read what is there.")
    {
        RequestId = requestId;
        Current = current;
    }

    /// <summary>Identity of the write.</summary>
    [Id(0)]
    public Guid RequestId { get; }

    /// <summary>
    /// The newest revision when it was refused. A write that was never sent before may be sent with it as its floor.
    /// </summary>
    [Id(1)]
    public long Current { get; }
}
