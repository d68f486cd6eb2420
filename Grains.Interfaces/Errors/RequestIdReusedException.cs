namespace Doozer;

/// <summary>The request id belongs to another write, which was done or refused before. This one was not done.</summary>
[GenerateSerializer, Alias("Doozer.RequestIdReusedException")]
public sealed class RequestIdReusedException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="requestId">The id.</param>
    public RequestIdReusedException(Guid requestId)
        : base("request-id-reused", $"The request id {requestId} belongs to another write; nothing was done, give each its own.")
    {
        RequestId = requestId;
    }

    /// <summary>The id.</summary>
    [Id(0)]
    public Guid RequestId { get; }
}
