using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Doozer.Silo.Http;

/// <summary>By what a write that is sent again is known.</summary>
/// <param name="Id">Its request id.</param>
/// <param name="Floor">A revision that the client knew before it first sent it, if it says.</param>
internal readonly record struct WriteIdentity(Guid Id, long? Floor);

/// <summary>
/// Runs a request and sees to it that every failure is answered with what the client must know: done, not done, or unknown.
/// </summary>
internal static partial class Calls
{
    private static readonly string[] Conditions =
        [HeaderNames.IfMatch, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfUnmodifiedSince];

    /// <summary>A request that changes nothing.</summary>
    /// <param name="handler">What answers it.</param>
    /// <param name="names">The parameters it may have.</param>
    public static RequestDelegate Read(Func<HttpContext, Task> handler, params string[] names) => async context =>
    {
        Tracing.Propagate();
        try
        {
            RequestQuery.RequireOnly(context.Request, names);
            await handler(context);
        }
        catch (Exception exception) when (IsGone(context, exception))
        {
        }
        catch (OperationCanceledException) when (context.Response.HasStarted)
        {
            // Cut off while it was answered.
            context.Abort();
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await Answer(context, exception, unforeseen => new NodeUnavailableException(NodeOf(context), Reason(unforeseen)));
        }
    };

    /// <summary>A request that changes the tree, under the identity that the client gave or that is chosen here.</summary>
    /// <param name="handler">What does it.</param>
    /// <param name="names">The parameters it may have.</param>
    public static RequestDelegate Write(
        Func<HttpContext, WriteIdentity, Task<long>> handler, params string[] names) => Write(handler, AnswerRevision, names);

    /// <summary>As the other, with an answer of its own.</summary>
    /// <param name="handler">What does it.</param>
    /// <param name="answer">Tells what was done.</param>
    /// <param name="names">The parameters it may have.</param>
    public static RequestDelegate Write<T>(
        Func<HttpContext, WriteIdentity, Task<T>> handler,
        Func<HttpContext, T, Task> answer,
        params string[] names) => async context =>
    {
        Tracing.Propagate();
        Guid id = Guid.Empty;
        bool submitted = false;
        try
        {
            id = RequestId(context.Request);
            context.Response.Headers[DoozerHeaders.RequestId] = id.ToString();
            RequestQuery.RequireOnly(context.Request, names);
            RequireUnconditional(context.Request.Headers);
            Task<T> write = handler(context, new WriteIdentity(id, RequestFloor(context.Request)));
            submitted = true;
            await answer(context, await write);
        }
        catch (Exception exception) when (IsGone(context, exception))
        {
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            // Whatever broke on the way, the write may have reached a quorum.
            await Answer(context, exception, unforeseen => submitted
                ? new OutcomeUnknownException(id, Reason(unforeseen))
                : new NodeUnavailableException(NodeOf(context), Reason(unforeseen)));
        }
    };

    /// <summary>Refuses the conditions of HTTP: one that is passed over would be a write that must not happen.</summary>
    public static void RequireUnconditional(IHeaderDictionary headers)
    {
        if (Array.Find(Conditions, headers.ContainsKey) is { } condition)
            throw new InvalidArgumentException(condition, "the condition of a write is ?rev=");
    }

    /// <summary>Tells what a write has taken.</summary>
    public static Task AnswerRevision(HttpContext context, long revision)
    {
        context.Response.Headers[DoozerHeaders.Revision] = revision.ToString();
        return context.Response.WriteShortJson(new WriteResult(revision), AnswerJson.Types.WriteResult);
    }

    private static Guid RequestId(HttpRequest request)
    {
        string? text = request.Headers[DoozerHeaders.RequestId];
        if (text is null)
            return Guid.NewGuid();
        return Guid.TryParse(text, out Guid id) && id != Guid.Empty
            ? id
            : throw new InvalidArgumentException(DoozerHeaders.RequestId, $"'{text}' is not a GUID");
    }

    private static long? RequestFloor(HttpRequest request)
    {
        string? text = request.Headers[DoozerHeaders.RequestFloor];
        if (text is null)
            return null;
        if (request.Headers[DoozerHeaders.RequestId].Count == 0)
            throw new InvalidArgumentException(DoozerHeaders.RequestFloor, $"it is for writes with a {DoozerHeaders.RequestId}");
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long floor) && floor < long.MaxValue
            ? floor
            : throw new InvalidArgumentException(DoozerHeaders.RequestFloor, $"'{text}' is not a revision");
    }

    private static async Task Answer(HttpContext context, Exception failure, Func<Exception, DoozerException> unforeseen)
    {
        switch (failure)
        {
            case DoozerException known:
                await Problems.Write(context, Problems.Of(known));
                break;
            case BadHttpRequestException bad:
                await Problems.Write(context, Problems.Create(bad.StatusCode, "invalid-request", bad.Message));
                break;
            default:
                LogFailed(
                    context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Doozer.Http"),
                    failure,
                    context.Request.Method);
                await Problems.Write(context, Problems.Of(unforeseen(failure)));
                break;
        }
    }

    // Nobody is there to be answered, and that a client leaves is no fault of the node's.
    private static bool IsGone(HttpContext context, Exception exception) =>
        context.RequestAborted.IsCancellationRequested
        && exception is OperationCanceledException or IOException or DoozerException;

    private static string NodeOf(HttpContext context) => context.RequestServices.GetRequiredService<NodeInfo>().Node;

    private static string Reason(Exception e) => $"the call failed ({e.GetType().Name})";

    [LoggerMessage(100, LogLevel.Warning, "{Method} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string method);
}
