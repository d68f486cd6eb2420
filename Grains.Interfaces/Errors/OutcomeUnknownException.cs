namespace Doozer;

/// <summary>
/// The write was under way when its time ran out: it may or may not be done, now or later. Submitting it again with the same
/// request id is safe.
/// </summary>
[GenerateSerializer, Alias("Doozer.OutcomeUnknownException")]
public sealed class OutcomeUnknownException : DoozerException
{
    /// <summary>Creates the error.</summary>
    /// <param name="requestId">Identity of the write.</param>
    /// <param name="detail">What was going on.</param>
    public OutcomeUnknownException(Guid requestId, string detail)
        : base("outcome-unknown", $"It is not known whether the write {requestId} was done: {detail}.")
    {
        RequestId = requestId;
        Detail = detail;
    }

    /// <summary>Identity of the write.</summary>
    [Id(0)]
    public Guid RequestId { get; }

    /// <summary>What was going on.</summary>
    [Id(1)]
    public string Detail { get; }
}
