using System.Net;
using Doozer.Clustering;
using Microsoft.AspNetCore.Http.Features;

namespace Doozer.Silo.Http;

/// <summary>
/// What every request must pass. The interface knows no users, so whoever reaches a node may use it; a page of some web site,
/// shown by the browser of somebody who reaches the node, must not.
/// </summary>
/// <param name="names">Names of this node and its peers, besides <c>localhost</c>.</param>
/// <param name="cluster">Whose pages may ask this node for what only its own may else.</param>
internal sealed class RequestChecks(IEnumerable<string> names, ClusterOrigins cluster)
{
    private const string ClusteringPath = "/v1/clustering";
    private const string PeerPath = ClusteringPath + "/peer";
    private const string SecFetchSite = "Sec-Fetch-Site";

    private readonly HashSet<string> _names = new(names, StringComparer.OrdinalIgnoreCase) { "localhost" };

    public Task Run(HttpContext context, RequestDelegate next)
    {
        SecurityHeaders.Add(context);
        if (Fault(context) is { } fault)
            return Problems.Write(context, fault);
        return cluster.Admit(context) ? Task.CompletedTask : next(context);
    }

    private Problem? Fault(HttpContext context)
    {
        HttpRequest request = context.Request;

        // Peers may know this node by a name that it does not know itself. They are no browsers.
        if (request.Path == PeerPath || (request.Path == NodeEndpoints.Path && !IsRead(request.Method)))
            return BrowserRequests.IsOne(request) ? Foreign("a page in a browser") : null;
        if (!IsKnown(request.Host))
        {
            return Problems.Create(
                StatusCodes.Status421MisdirectedRequest,
                "unknown-host",
                $"This node is not known as '{request.Host.Host}': use an IP address, or give it the name by --http-names.");
        }

        // What a page gets over a WebSocket it can read, whose ever it is; what it gets by other means it cannot.
        if ((!IsRead(request.Method) || IsUpgrade(request)) && !cluster.Has(request) && OriginOtherThan(request) is { } origin)
            return Foreign(origin);
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (RequestTarget.HasDotSegment(target))
            return Problems.Of(new InvalidPathException(target, "a URL with the name '.' or '..' is not allowed"));

        // The pages about the cluster are not the store's own, and take no parameters.
        return request.Path.StartsWithSegments(ClusteringPath) && RequestQuery.Fault(request) is { } fault
            ? Problems.Of(fault)
            : null;
    }

    private static Problem Foreign(string origin) => Problems.Create(
        StatusCodes.Status403Forbidden, "foreign-origin", $"Only pages of this node may ask for this, and not {origin}.");

    // Somebody else's name can be made to point to any address, also to loopback. No such name can be an address.
    private bool IsKnown(HostString host) =>
        !host.HasValue || IPAddress.IsValid(host.Host) || _names.Contains(host.Host.TrimEnd('.'));

    private static bool IsRead(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsUpgrade(HttpRequest request) => request.Headers.Upgrade.Count > 0;

    /// <summary>Whose page it is that asks, when it is not one of this node's own; no page names no origin.</summary>
    private static string? OriginOtherThan(HttpRequest request)
    {
        if (request.Headers[SecFetchSite] is { Count: > 0 } site && site.ToString() is not ("same-origin" or "none"))
            return $"one from elsewhere ({SecFetchSite}: {site})";
        if (request.Headers.Origin is not { Count: > 0 } origin)
            return null;

        // A proxy may add TLS on the way, so the schemes need not agree.
        return Uri.TryCreate(origin.ToString(), UriKind.Absolute, out Uri? uri)
            && new HostString(uri.Authority).Host.Equals(request.Host.Host, StringComparison.OrdinalIgnoreCase)
            && uri.Port == (request.Host.Port ?? DefaultPortOf(uri))
            ? null
            : $"one of '{origin}'";
    }

    private static int DefaultPortOf(Uri uri) => uri.Scheme == Uri.UriSchemeHttps ? 443 : 80;
}
