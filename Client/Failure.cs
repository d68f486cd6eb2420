using System.Net.Sockets;

namespace Doozer.Client;

/// <summary>What a failed attempt tells about the request.</summary>
internal enum Failure
{
    /// <summary>The answer, as the log has it: another attempt would end the same way.</summary>
    Final,

    /// <summary>
    /// A silo's own refusal, by its rules and limits. It is the answer as long as no other attempt may have been done.
    /// </summary>
    Refused,

    /// <summary>It was not done; another attempt may do better.</summary>
    NotDone,

    /// <summary>The attempt may have reached the grain and been done; another one, with the same request id, will tell.</summary>
    Unknown,

    /// <summary>Nothing that a silo or the network should throw; it may have been done, and trying again is of no use.</summary>
    Unexpected,
}

/// <summary>Sorts exceptions.</summary>
internal static class FailureExtensions
{
    /// <remarks>
    /// Only the store's own errors can promise that nothing was done. Orleans rejects a message also when the silo dies that
    /// already had it, so all of its exceptions leave a write's outcome open.
    /// </remarks>
    public static Failure Kind(this Exception exception) => exception switch
    {
        NoQuorumException or NodeUnavailableException or OverloadedException => Failure.NotDone,
        OutcomeUnknownException => Failure.Unknown,
        TransactionFailedException failed => failed.Reason.Kind(),
        RevisionMismatchException or NotFoundException or IsDirectoryException or NotDirectoryException
            or SessionExpiredException or SessionFullException or StoreFullException or RequestIdReusedException
            or TooLateException or FutureRevisionException or NamespaceExistsException => Failure.Final,
        DoozerException => Failure.Refused,
        OrleansException or TimeoutException or IOException or SocketException => Failure.Unknown,
        _ => Failure.Unexpected,
    };
}
