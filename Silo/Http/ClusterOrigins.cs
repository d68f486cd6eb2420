using System.Net;
using Doozer.Silo.Serve;
using Microsoft.Net.Http.Headers;

namespace Doozer.Silo.Http;

/// <summary>
/// The origins of the nodes of this cluster. A page that a node has served goes on at another when that node dies, so what a
/// node's own pages may do, those of its peers may do too (CORS).
/// </summary>
/// <param name="nodes">Where the nodes serve HTTP.</param>
internal sealed class ClusterOrigins(NodeAddresses nodes)
{
    private const string Methods = "GET, HEAD, PUT, POST, DELETE";
    private const string PreflightSeconds = "600";

    private static readonly string RequestHeaders =
        $"{HeaderNames.ContentType}, {DoozerHeaders.RequestId}, {DoozerHeaders.RequestFloor}";

    private static readonly string AnswerHeaders = string.Join(
        ", ", DoozerHeaders.Revision, DoozerHeaders.TreeRevision, DoozerHeaders.Session, DoozerHeaders.RequestId);

    /// <summary>Whether a page of one of the nodes asks.</summary>
    public bool Has(HttpRequest request) =>
        request.Headers.Origin is { Count: 1 } origin
        && Uri.TryCreate(origin.ToString(), UriKind.Absolute, out Uri? uri)
        && nodes.All.Any(node => KeyOf(node.Address) == KeyOf(uri));

    /// <summary>Tells the browser that a page of one of the nodes may read the answer.</summary>
    /// <returns>Whether that is the whole answer: the browser has asked in advance.</returns>
    public bool Admit(HttpContext context)
    {
        if (!Has(context.Request))
            return false;
        IHeaderDictionary headers = context.Response.Headers;
        headers.AccessControlAllowOrigin = context.Request.Headers.Origin;
        headers.Vary = HeaderNames.Origin;
        headers.AccessControlExposeHeaders = AnswerHeaders;
        if (!HttpMethods.IsOptions(context.Request.Method) || context.Request.Headers.AccessControlRequestMethod.Count == 0)
            return false;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = RequestHeaders;
        headers.AccessControlMaxAge = PreflightSeconds;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    // A proxy may add TLS on the way, so the schemes need not agree; and loopback has many names.
    private static (string Host, int Port) KeyOf(Uri uri)
    {
        string host = uri.IdnHost.ToLowerInvariant();
        bool isLoopback = host == "localhost"
            || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
        return (isLoopback ? "localhost" : host, uri.Port);
    }
}
