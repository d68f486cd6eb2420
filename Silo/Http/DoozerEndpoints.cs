using System.Net.Mime;

namespace Doozer.Silo.Http;

/// <summary>Gives the grain of a namespace.</summary>
internal delegate INamespaceGrain NamespaceSource(string name);

/// <summary>The HTTP interface.</summary>
internal static class DoozerEndpoints
{
    /// <summary>Maps all routes. Needs <see cref="NodeInfo"/> and <see cref="TimeProvider"/> as services.</summary>
    /// <param name="routes">Where to.</param>
    /// <param name="namespaces">Who answers.</param>
    /// <param name="maxBodyBytes">Largest body of a PUT.</param>
    /// <param name="dashboard">Where the dashboard is.</param>
    public static void MapDoozer(
        this IEndpointRouteBuilder routes, NamespaceSource namespaces, int maxBodyBytes, string dashboard)
    {
        IServiceProvider services = routes.ServiceProvider;
        NodeInfo node = services.GetRequiredService<NodeInfo>();
        var tree = new TreeEndpoints(namespaces, maxBodyBytes);
        var names = new NamespaceEndpoints(namespaces);
        var health = new HealthEndpoints(namespaces, node, services.GetRequiredService<TimeProvider>());

        const string Tree = "/v1/{namespace}/tree/{**path}";
        string[] getAndHead = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods(Tree, getAndHead, Calls.Read(tree.Get));
        routes.MapPut(Tree, Calls.Write(tree.Put));
        routes.MapDelete(Tree, Calls.Write(tree.Delete));
        routes.MapGet("/v1/{namespace}/walk", Calls.Read(names.Walk));
        routes.MapGet("/v1/{namespace}/wait", Calls.Read(names.Wait));
        routes.MapGet("/v1/{namespace}/events", Calls.Read(names.Events));
        routes.MapGet("/v1/{namespace}/rev", Calls.Read(names.Rev));
        routes.MapPost("/v1/{namespace}/nop", Calls.Write(names.Nop));
        routes.MapGet("/v1/{namespace}/status", Calls.Read(names.Status));
        routes.MapGet("/v1/{namespace}/snapshot", Calls.Read(SnapshotEndpoint.Get));
        routes.MapPost("/v1/{namespace}/leader", Calls.Read(names.TransferLeadership));
        routes.MapGet("/v1/self", context => context.Response.WriteAsJsonAsync(node, AnswerJson.Types.NodeInfo));
        routes.MapMethods("/healthz", getAndHead, HealthEndpoints.Alive);
        routes.MapMethods("/readyz", getAndHead, health.Ready);
        routes.MapGet("/", context => Index(context, node, dashboard));
        routes.MapFallback("{*url}", NoSuchUrl);
    }

    private static Task Index(HttpContext context, NodeInfo node, string dashboard)
    {
        context.Response.ContentType = MediaTypeNames.Text.Plain;
        return context.Response.WriteAsync($"""
            doozer {node.Version}, node {node.Node} of cluster {node.Cluster}

            /v1/main/tree/?dir=true   the files of the namespace main
            /v1/main/status           leader, quorum, replicas
            /v1/clustering/status     the members of the cluster
            /healthz  /readyz  {dashboard}

            """);
    }

    private static Task NoSuchUrl(HttpContext context) =>
        Problems.Write(
            context,
            Problems.Create(
                StatusCodes.Status404NotFound,
                "unknown-url",
                $"There is no {context.Request.Method} {context.Request.Path} here."));
}
