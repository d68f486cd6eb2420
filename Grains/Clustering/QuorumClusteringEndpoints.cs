using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;

namespace Doozer.Clustering;

/// <summary>The HTTP endpoints of quorum clustering, for applications that serve them by their own web server.</summary>
public static class QuorumClusteringEndpoints
{
    private const string GatewaysPath = "/v1/clustering/gateways";
    private const string StatusPath = "/v1/clustering/status";
    private const string ProblemType = "application/problem+json";

    /// <summary>
    /// Maps <c>POST /v1/clustering/peer</c>, and <c>GET</c> of <c>/v1/clustering/alive</c>, <c>gateways</c> and <c>status</c>,
    /// and <c>GET</c> and <c>POST</c> of <c>/v1/clustering/nodes</c>.
    /// For a silo with <see cref="QuorumClusteringOptions.Listen"/> set to false; the web server must run while the silo starts,
    /// which <c>HostOptions.ServicesStartConcurrently</c> brings about.
    /// </summary>
    /// <param name="endpoints">Where to map them.</param>
    /// <exception cref="InvalidOperationException">The silo does not use quorum clustering.</exception>
    public static IEndpointRouteBuilder MapQuorumClustering(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        Map(endpoints, endpoints.ServiceProvider.GetService<ClusteringNode>()
            ?? throw new InvalidOperationException("MapQuorumClustering needs a silo with UseQuorumClustering in the same " +
                "application."));
        return endpoints;
    }

    internal static void Map(IEndpointRouteBuilder endpoints, ClusteringNode node)
    {
        endpoints.MapPost(HttpPeerTransport.Path, BrowserRequests.Refused(context => Peer(context, node)));
        endpoints.MapGet(PeerLiveness.Path, context => Alive(context, node));
        endpoints.MapGet(GatewaysPath, context => Gateways(context, node));
        endpoints.MapGet(StatusPath, context => Status(context, node));
        new NodeEndpoints(node).Map(endpoints);
    }

    private static async Task Peer(HttpContext context, ClusteringNode node)
    {
        if (node.Gate is not { } gate)
        {
            await Problem(
                context, StatusCodes.Status503ServiceUnavailable, PeerRefusal.NotReady, $"{node.Node} is not ready yet.");
            return;
        }

        byte[] body;
        try
        {
            body = await IncomingBody.Read(context.Request, cancellation =>
                IncomingBody.ReadAtMost(context.Request, PeerRequest.MaxBytes, cancellation));
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (IOException exception)
        {
            BadHttpRequestException fault = UnreadableBody.Of(exception);
            await Problem(context, fault.StatusCode, PeerRefusal.Malformed, fault.Message);
            return;
        }

        IPAddress? caller = context.Connection.RemoteIpAddress;
        PeerReply reply = await gate.Handle(
            body,
            context.Request.Headers[MessageSeal.Header].FirstOrDefault(),
            caller);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.Status == StatusCodes.Status200OK ? "application/octet-stream" : ProblemType;
        context.Response.ContentLength = reply.Body.Length;
        if (reply.Signature is not null)
            context.Response.Headers[MessageSeal.Header] = reply.Signature;
        await context.Response.Body.WriteAsync(reply.Body, context.RequestAborted);
    }

    private static async Task Alive(HttpContext context, ClusteringNode node)
    {
        if (!await node.Liveness.Hold(context))
        {
            await Problem(
                context, StatusCodes.Status503ServiceUnavailable, PeerRefusal.NotReady, "Too many connections are held open.");
        }
    }

    private static async Task Gateways(HttpContext context, ClusteringNode node)
    {
        (MembershipImage? image, string? error) = node.Gate is null
            ? (null, $"{node.Node} is not ready yet.")
            : await node.Gateways.Read(context.RequestAborted);
        if (image is null)
        {
            await Problem(context, StatusCodes.Status503ServiceUnavailable, PeerRefusal.NotReady, error!);
            return;
        }

        var list = new ClusteringGateways(
            node.Cluster,
            image.Version,
            GatewayListing.Of(image),
            [.. node.Nodes.List.Nodes.Select(each => node.Nodes.AddressOf(each.Id)!.ToString())]);
        await context.Response.WriteAsJsonAsync(
            list, ClusteringJson.Default.ClusteringGateways, cancellationToken: context.RequestAborted);
    }

    private static async Task Status(HttpContext context, ClusteringNode node)
    {
        if (node.Gate is null)
        {
            await Problem(
                context, StatusCodes.Status503ServiceUnavailable, PeerRefusal.NotReady, $"{node.Node} is not ready yet.");
            return;
        }

        (MembershipImage? image, string? error) = await node.Gateways.Read(context.RequestAborted);
        IEnumerable<MemberStatus> members = (image?.Rows ?? []).Select(row =>
            new MemberStatus(row.Entry.SiloName, row.Entry.SiloAddress.Endpoint.ToString(), row.Entry.Status.ToString()));
        var status = new ClusteringStatus(
            node.Cluster, node.Node, node.Register.Members.ToString(), node.Peers.Peers, image?.Version, [.. members], error);
        await context.Response.WriteAsJsonAsync(
            status, ClusteringJson.Default.ClusteringStatus, cancellationToken: context.RequestAborted);
    }

    /// <summary>Answers with a problem document.</summary>
    internal static Task Problem(HttpContext context, int status, string code, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ProblemType;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(
            new PeerRefusal(ReasonPhrases.GetReasonPhrase(status), status, detail, code), ClusteringJson.Default.PeerRefusal);
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
