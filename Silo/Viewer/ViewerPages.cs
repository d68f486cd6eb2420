using System.Net.Mime;
using Doozer.Silo.Http;
using Doozer.Silo.Serve;
using Microsoft.Net.Http.Headers;

namespace Doozer.Silo.Viewer;

/// <summary>The viewer at <c>/</c>, and its files; to who asks for no page there, a few lines.</summary>
internal sealed class ViewerPages
{
    /// <summary>Below it are the viewer's files.</summary>
    public const string Path = "/viewer";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    private readonly ViewerFiles _files = new();
    private readonly NodeInfo _node;
    private readonly NodeAddresses _nodes;

    private ViewerPages(NodeInfo node, NodeAddresses nodes) => (_node, _nodes) = (node, nodes);

    /// <param name="routes">Where to map them.</param>
    /// <param name="node">The node that serves them.</param>
    /// <param name="nodes">Where the page may look for the nodes.</param>
    public static void Map(IEndpointRouteBuilder routes, NodeInfo node, NodeAddresses nodes)
    {
        var pages = new ViewerPages(node, nodes);
        routes.MapMethods("/", GetAndHead, pages.Index);
        routes.MapMethods(Path + "/{version}/{**file}", GetAndHead, pages.File);
    }

    private Task Index(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Headers.CacheControl = "no-cache";
        response.Headers.Vary = HeaderNames.Accept;
        if (context.Request.Headers.Accept.ToString().Contains(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentSecurityPolicy = PolicyFor(context.Request.Host);
            return Write(context, _files.Index);
        }

        response.ContentType = MediaTypeNames.Text.Plain;
        return response.WriteAsync($"""
            doozer {_node.Version}, node {_node.Node} of cluster {_node.Cluster}

            /                         in a browser: the viewer
            /v1                       nodes and namespaces
            /v1/main/tree/?dir=true   the files of the namespace main
            /v1/main/sessions         who is here
            /v1/main/status           leader, quorum, replicas
            /v1/clustering/status     the members of the cluster
            /openapi/v1.json          all of it, for generators of clients
            /healthz  /readyz

            """);
    }

    private Task File(HttpContext context)
    {
        string version = (string)context.Request.RouteValues["version"]!;
        string name = context.Request.RouteValues["file"] as string ?? "";
        if (_files.Find(version, name) is not { } file)
        {
            return Problems.Write(context, Problems.Create(
                StatusCodes.Status404NotFound, "unknown-url", $"There is no {context.Request.Path} here; the viewer is at /."));
        }

        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Write(context, file);
    }

    private static Task Write(HttpContext context, ViewerFile file)
    {
        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Content.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(file.Content, context.RequestAborted).AsTask();
    }

    /// <summary>The page runs its own files alone, asks the nodes alone, and nobody frames it.</summary>
    private string PolicyFor(HostString host)
    {
        string sources = string.Join(
            ' ', _nodes.All.Select(node => $"http://{node.Address.Authority} ws://{node.Address.Authority}"));
        string self = host.HasValue ? host.ToUriComponent() : "localhost";
        return $"default-src 'none'; script-src 'self' 'sha256-{_files.BootDigest}'; style-src 'self'; img-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'; "
            + $"connect-src 'self' ws://{self} wss://{self} {sources}";
    }
}
