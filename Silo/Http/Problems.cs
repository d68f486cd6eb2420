using Microsoft.AspNetCore.WebUtilities;

namespace Doozer.Silo.Http;

/// <summary>Turns errors into RFC 9457 problem documents.</summary>
internal static class Problems
{
    private const string RetryAfterSeconds = "1";

    public static int StatusOf(DoozerException error) => error switch
    {
        TransactionFailedException failed => StatusOf(failed.Reason),
        ReservedPathException => StatusCodes.Status403Forbidden,
        NotFoundException or NoNamespaceException => StatusCodes.Status404NotFound,
        IsDirectoryException or NotDirectoryException or RequestIdReusedException or SessionFullException
            or NamespaceExistsException => StatusCodes.Status409Conflict,
        TooLateException or SessionExpiredException => StatusCodes.Status410Gone,
        RevisionMismatchException => StatusCodes.Status412PreconditionFailed,
        BodyTooLargeException => StatusCodes.Status413PayloadTooLarge,
        OverloadedException => StatusCodes.Status429TooManyRequests,
        NoQuorumException or NodeUnavailableException => StatusCodes.Status503ServiceUnavailable,
        StoreFullException or DiskFullException or TooManyNamespacesException => StatusCodes.Status507InsufficientStorage,
        OutcomeUnknownException or RequestTooOldException => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status400BadRequest,
    };

    public static Problem Of(DoozerException error) => Of(error, StatusOf(error));

    public static Problem Of(DoozerException error, int status)
    {
        // What is wrong with a change is told as if it had been asked for alone.
        if (error is TransactionFailedException failed)
            return Of(failed.Reason, status) with { Change = failed.Change };
        Problem problem = Create(status, error.Code, error.Message);
        return error switch
        {
            RevisionMismatchException e => problem with { Path = e.Path, Revision = e.Given, Current = e.Current },
            FutureRevisionException e => problem with { Revision = e.Revision, Current = e.Current },
            TooLateException e => problem with { Revision = e.Revision, Oldest = e.Oldest },
            InvalidRevisionException e => problem with { Revision = e.Revision },
            BodyTooLargeException e => problem with { Length = e.Length, Limit = e.Limit },
            NoQuorumException e => problem with { Quorum = e.Quorum, Missing = e.Missing },
            NodeUnavailableException e => problem with { Node = e.Node },
            DiskFullException e => problem with { Node = e.Node },
            OutcomeUnknownException e => problem with { RequestId = e.RequestId },
            RequestIdReusedException e => problem with { RequestId = e.RequestId },
            RequestTooOldException e => problem with { RequestId = e.RequestId, Current = e.Current },
            OverloadedException e => problem with { Limit = e.Limit },
            StoreFullException e => problem with { Path = e.Path, Used = e.Used, Limit = e.Limit },
            TooManyNamespacesException e => problem with { Limit = e.Limit },
            SessionExpiredException e => problem with { Session = e.Session },
            SessionFullException e => problem with { Session = e.Session, Limit = e.Limit },
            NotFoundException e => problem with { Path = e.Path },
            IsDirectoryException e => problem with { Path = e.Path },
            NotDirectoryException e => problem with { Path = e.Path },
            ReservedPathException e => problem with { Path = e.Path },
            InvalidPathException e => problem with { Path = e.Path },
            _ => problem,
        };
    }

    public static Problem Create(int status, string code, string detail) =>
        new(ReasonPhrases.GetReasonPhrase(status), status, detail, code);

    public static Task Write(HttpContext context, Problem problem)
    {
        HttpResponse response = context.Response;
        response.StatusCode = problem.Status;
        if (problem.Status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds;
        return response.WriteShortJson(problem, AnswerJson.Types.Problem, Problem.ContentType);
    }
}
