using System.Net;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>Makes of a problem document the error that it was made of.</summary>
internal static class StoreErrors
{
    /// <summary>The error that a node answers.</summary>
    public static async Task<DoozerException> Of(
        HttpResponseMessage response, Uri address, string @namespace, CancellationToken cancellation) =>
        await StoreRequest.ReadProblem(response, address, cancellation) is { } problem
            ? Of(problem with { Node = problem.Node ?? address.Authority }, @namespace)
            : new NodeUnavailableException(
                address.Authority, $"it answered {(int)response.StatusCode} {response.ReasonPhrase}");

    /// <summary>The error that a problem tells of.</summary>
    public static DoozerException Of(Problem problem, string @namespace) => problem is { Change: { } change }
        ? new TransactionFailedException(change, OfOne(problem, @namespace))
        : OfOne(problem, @namespace);

    private static DoozerException OfOne(Problem problem, string @namespace) => problem.Code switch
    {
        "revision-mismatch" => new RevisionMismatchException(problem.Path!, problem.Revision ?? 0, problem.Current ?? 0),
        "not-found" => new NotFoundException(problem.Path!),
        "is-directory" => new IsDirectoryException(problem.Path!),
        "not-directory" => new NotDirectoryException(problem.Path!),
        "session-expired" => new SessionExpiredException(problem.Session ?? 0),
        "session-full" => new SessionFullException(problem.Session ?? 0),
        "store-full" => new StoreFullException(problem.Path!, problem.Used ?? 0, problem.Limit ?? 0),
        "disk-full" => new DiskFullException(problem.Node ?? "", 0),
        "request-id-reused" => new RequestIdReusedException(problem.RequestId ?? Guid.Empty),
        "request-too-old" => new RequestTooOldException(problem.RequestId ?? Guid.Empty, problem.Current ?? 0),
        "too-late" => new TooLateException(problem.Revision ?? 0, problem.Oldest ?? 0),
        "future-revision" => new FutureRevisionException(problem.Revision ?? 0, problem.Current ?? 0),
        "no-namespace" => new NoNamespaceException(@namespace),
        "namespace-exists" => new NamespaceExistsException(@namespace),
        "too-many-namespaces" => new TooManyNamespacesException(@namespace, (int)(problem.Limit ?? 0)),
        "overloaded" => new OverloadedException("requests", problem.Limit ?? 0),
        "outcome-unknown" => OfUnknown(problem.RequestId ?? Guid.Empty, Clause(problem)),
        "no-quorum" => new NoQuorumException(@namespace, problem.Quorum ?? "", problem.Missing ?? []),
        "node-unavailable" or "unknown-host" => new NodeUnavailableException(problem.Node ?? "", Clause(problem)),
        _ => problem.Status is (int)HttpStatusCode.ServiceUnavailable or (int)HttpStatusCode.TooManyRequests
            ? new NodeUnavailableException(problem.Node ?? "", Clause(problem))
            : new RefusedException(problem),
    };

    /// <summary>What a message begins with when it is not known whether a write was done.</summary>
    public static string Unknown(Guid requestId) => $"It is not known whether the write {requestId} was done: ";

    private static OutcomeUnknownException OfUnknown(Guid requestId, string told)
    {
        string before = Unknown(requestId);
        return new OutcomeUnknownException(
            requestId, told.StartsWith(before, StringComparison.Ordinal) ? told[before.Length..] : told);
    }

    private static string Clause(Problem problem) => problem.Detail.TrimEnd('.');

    /// <summary>A node's refusal by its own rules, which no other attempt would change.</summary>
    private sealed class RefusedException(Problem problem) : DoozerException(problem.Code, problem.Detail);
}
