using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Doozer.Clustering;

/// <summary>The list of nodes over HTTP: everybody may read it, and who has the cluster's secret may change it.</summary>
internal sealed class NodeEndpoints(ClusteringNode node)
{
    public const string Path = "/v1/clustering/nodes";

    /// <summary>Most bytes of a request.</summary>
    public const int MaxBytes = 16 << 10;

    private const int Ok = 200;

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, Get);
        endpoints.MapPost(Path, BrowserRequests.Refused(Post));
    }

    private async Task Get(HttpContext context)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, node.Stopping);
            NodeList list = await node.Changes.Read(limit.Token);
            await context.Response.WriteAsJsonAsync(
                ViewOf(list), ClusteringJson.Default.NodeListView, cancellationToken: context.RequestAborted);
        }
        catch (Exception exception) when (exception is ClusteringException or InvalidDataException)
        {
            await Write(context, Guid.Empty, PeerRefusal.Unavailable(exception.Message));
        }
        catch (OperationCanceledException) when (node.Stopping.IsCancellationRequested)
        {
            await Write(context, Guid.Empty, PeerRefusal.Unavailable($"{node.Node} stops."));
        }
    }

    private async Task Post(HttpContext context)
    {
        byte[] body;
        try
        {
            body = await IncomingBody.Read(
                context.Request, cancellation => IncomingBody.ReadAtMost(context.Request, MaxBytes, cancellation));
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (IOException exception)
        {
            BadHttpRequestException fault = UnreadableBody.Of(exception);
            await Write(context, Guid.Empty, new PeerRefusal(
                fault.Message, fault.StatusCode, fault.Message, PeerRefusal.Malformed));
            return;
        }

        if (node.Gate is not { } gate)
        {
            await Write(context, Guid.Empty, PeerRefusal.Unavailable($"{node.Node} is not ready yet."));
            return;
        }

        IPAddress? caller = context.Connection.RemoteIpAddress;
        string? signature = context.Request.Headers[MessageSeal.Header].FirstOrDefault();
        if (gate.FaultInSender(node.Seal.VerifyChange(body, signature), signature, caller) is { } stranger)
            await Write(context, Guid.Empty, stranger);
        else
            await Change(context, body);
    }

    private async Task Change(HttpContext context, byte[] body)
    {
        NodeChangeRequest? request = null;
        try
        {
            request = JsonSerializer.Deserialize(body, ClusteringJson.Default.NodeChangeRequest);
            if (request?.Change is null)
                throw new JsonException("It has no 'change'.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, node.Stopping);
            NodeList list = await node.Changes.Apply(request, limit.Token);
            var answer = new NodeListAnswer(
                node.Cluster,
                node.Nodes.Founding.Nodes.ToDictionary(each => each.Id, each => each.Address.ToString()),
                node.Facts(),
                ViewOf(list) with { FirstStart = await FirstStart(request, limit.Token) });
            await Write(
                context, request.Nonce, Ok, JsonSerializer.SerializeToUtf8Bytes(answer, ClusteringJson.Default.NodeListAnswer));
        }
        catch (JsonException exception)
        {
            await Write(context, request?.Nonce ?? Guid.Empty, new PeerRefusal(
                "Bad Request", StatusCodes.Status400BadRequest, $"This is no change of the list of nodes: {exception.Message}",
                PeerRefusal.Malformed));
        }
        catch (NodeChangeException exception)
        {
            await Write(context, request!.Nonce, new PeerRefusal(
                "Conflict",
                StatusCodes.Status409Conflict,
                exception.Message,
                exception is NodeListChangedException ? PeerRefusal.ListChanged : PeerRefusal.ChangeRefused));
        }
        catch (Exception exception) when (exception is ClusteringException or InvalidDataException)
        {
            await Write(context, request!.Nonce, PeerRefusal.Unavailable(exception.Message));
        }
        catch (OperationCanceledException) when (node.Stopping.IsCancellationRequested)
        {
            await Write(context, request!.Nonce, PeerRefusal.Unavailable($"{node.Node} stops."));
        }
    }

    private async Task<long?> FirstStart(NodeChangeRequest request, CancellationToken cancellation) =>
        request.Change == NodeChangeRequest.Join ? await node.Changes.FirstStart(cancellation) : null;

    private NodeListView ViewOf(NodeList list)
    {
        IReadOnlyList<PeerContact> contacts = node.Peers.Peers;
        return NodeListView.Of(list, id => id == node.Node ? "self" : contacts.FirstOrDefault(each => each.Node == id)?.State);
    }

    private Task Write(HttpContext context, Guid nonce, PeerRefusal refusal) => Write(
        context, nonce, refusal.Status, JsonSerializer.SerializeToUtf8Bytes(refusal, ClusteringJson.Default.PeerRefusal));

    // Signed only when a request was: a signed answer to anybody's nonce would be a signing service.
    private Task Write(HttpContext context, Guid nonce, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = status == Ok ? "application/json; charset=utf-8" : "application/problem+json";
        context.Response.ContentLength = body.Length;
        if (nonce != Guid.Empty && node.Seal.SignAnswer(nonce, status, body) is { } signature)
            context.Response.Headers[MessageSeal.Header] = signature;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
