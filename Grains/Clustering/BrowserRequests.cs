using Microsoft.AspNetCore.Http;

namespace Doozer.Clustering;

/// <summary>
/// What nodes ask each other no page in a browser may ask: any web site could have the browser of somebody who reaches a node do
/// it, and one without a secret takes what comes from its own machine.
/// </summary>
internal static class BrowserRequests
{
    /// <summary>Whether a page in a browser asks. Programs send neither header, and pages cannot do without.</summary>
    public static bool IsOne(HttpRequest request) =>
        request.Headers.Origin.Count > 0 || request.Headers.ContainsKey("Sec-Fetch-Site");

    /// <summary>An endpoint that refuses them.</summary>
    public static RequestDelegate Refused(RequestDelegate endpoint) => context => IsOne(context.Request)
        ? QuorumClusteringEndpoints.Problem(
            context, StatusCodes.Status403Forbidden, PeerRefusal.ForeignOrigin, "No page in a browser may ask for this.")
        : endpoint(context);
}
