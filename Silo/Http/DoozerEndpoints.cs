using Doozer.Namespaces;
using Doozer.Silo.Serve;
using Doozer.Silo.Telemetry;
using Doozer.Silo.Viewer;
using Microsoft.AspNetCore.Diagnostics;

namespace Doozer.Silo.Http;

/// <summary>Gives the grain of a namespace.</summary>
internal delegate ILocalNamespaceGrain NamespaceSource(string name);

/// <summary>The HTTP interface.</summary>
internal static class DoozerEndpoints
{
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Checks all requests, and maps all routes. Needs <see cref="NodeInfo"/>, <see cref="TimeProvider"/>,
    /// <see cref="Answers"/> and <see cref="HttpConnections"/> as services.
    /// </summary>
    /// <param name="app">Where to.</param>
    /// <param name="namespaces">Who answers.</param>
    /// <param name="maxBodyBytes">Largest body of a PUT.</param>
    /// <param name="maxWaitingBytes">Most bytes of bodies in memory at once.</param>
    /// <param name="hostNames">By which names, besides <c>localhost</c>, the node may be asked.</param>
    /// <param name="nodes">Where the nodes of the cluster serve HTTP.</param>
    public static void MapDoozer(
        this WebApplication app,
        NamespaceSource namespaces,
        int maxBodyBytes,
        long maxWaitingBytes,
        IEnumerable<string> hostNames,
        NodeAddresses nodes)
    {
        app.Use(app.Services.GetRequiredService<HttpConnections>().Run);
        app.UseStatusCodePages(Unrouted);
        app.UseWebSockets();
        app.Use(new RequestChecks(hostNames, new ClusterOrigins(nodes)).Run);
        Answers answers = app.Services.GetRequiredService<Answers>();
        var bodies = new BodyBudget(maxWaitingBytes);
        MapFiles(app, new TreeEndpoints(namespaces, answers, maxBodyBytes, bodies));
        MapSessions(app, new SessionEndpoints(namespaces));
        app.MapPost("/v1/{namespace}/transactions", Calls.Write(new TransactionEndpoint(namespaces, bodies).Post));
        MapNamespaces(app, new NamespaceEndpoints(namespaces, answers, app.Services.GetService<EventReaders>()));

        NodeInfo node = app.Services.GetRequiredService<NodeInfo>();
        var health = new HealthEndpoints(namespaces, node, app.Services.GetRequiredService<TimeProvider>());
        app.MapGet("/v1/self", Calls.Read(context => context.Response.WriteShortJson(node, AnswerJson.Types.NodeInfo)));
        app.MapMethods(OpenApiEndpoint.Path, GetAndHead, Calls.Read(OpenApiEndpoint.Get));
        app.MapMethods("/healthz", GetAndHead, Calls.Read(HealthEndpoints.Alive));
        app.MapMethods("/readyz", GetAndHead, Calls.Read(health.Ready));
        MetricsEndpoint.Map(app, node);
        ViewerPages.Map(app, node, nodes);
    }

    private static void MapFiles(IEndpointRouteBuilder routes, TreeEndpoints tree)
    {
        const string Tree = "/v1/{namespace}/tree/{**path}";
        routes.MapMethods(Tree, GetAndHead, Calls.Read(tree.Get, "rev", "local", "dir", "stat", "after", "limit"));
        routes.MapPut(Tree, Calls.Write(tree.Put, "rev", "session"));
        routes.MapDelete(Tree, Calls.Write(tree.Delete, "rev"));
    }

    private static void MapSessions(IEndpointRouteBuilder routes, SessionEndpoints sessions)
    {
        const string All = "/v1/{namespace}/sessions";
        const string One = All + "/{id}";
        routes.MapGet(All, Calls.Read(sessions.List, "rev", "local", "after", "limit"));
        routes.MapPost(All, Calls.Write(sessions.Open, SessionEndpoints.AnswerOpen));
        routes.MapGet(One, Calls.Read(sessions.Get, "rev", "local"));
        routes.MapPut(One, Calls.Read(sessions.KeepAlive));
        routes.MapDelete(One, Calls.Write(sessions.Close));
    }

    private static void MapNamespaces(IEndpointRouteBuilder routes, NamespaceEndpoints names)
    {
        const string One = "/v1/{namespace}";
        routes.MapGet(One, Calls.Read(names.Get, "local"));
        routes.MapPut(One, Calls.Write(names.Create, NamespaceEndpoints.AnswerCreated, "replicas"));
        routes.MapDelete(One, Calls.Write(names.Delete));
        routes.MapGet(
            "/v1/{namespace}/walk", Calls.Read(names.Walk, "glob", "rev", "local", "after", "limit", "bodies", "held"));
        routes.MapGet("/v1/{namespace}/wait", Calls.Read(names.Wait, "glob", "rev", "local", "limit", "timeout", "bodies"));
        routes.MapGet("/v1/{namespace}/events", Calls.Read(names.Events, "glob", "rev", "local", "bodies", "interval"));
        routes.MapGet("/v1/{namespace}/rev", Calls.Read(names.Rev, "local"));
        routes.MapGet("/v1/{namespace}/digest", Calls.Read(names.Digest, "rev"));
        routes.MapPost("/v1/{namespace}/nop", Calls.Write(names.Nop));
        routes.MapGet("/v1/{namespace}/status", Calls.Read(names.Status));
        routes.MapGet("/v1/{namespace}/snapshot", Calls.Read(SnapshotEndpoint.Get));
        routes.MapPost("/v1/{namespace}/leader", Calls.Read(names.TransferLeadership, "node"));
    }

    /// <summary>What no route takes; the server has only set a status, and told which methods there are.</summary>
    private static Task Unrouted(StatusCodeContext unrouted)
    {
        HttpContext context = unrouted.HttpContext;
        string target = context.Request.Path.HasValue ? context.Request.Path.Value : "*";
        string request = $"{context.Request.Method} {target}";
        return Problems.Write(context, context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problems.Create(404, "unknown-url", $"There is no {request} here."),
            StatusCodes.Status405MethodNotAllowed => Problems.Create(
                405, "method-not-allowed", $"There is no {request} here, only {context.Response.Headers.Allow}."),
            int status => Problems.Create(status, "invalid-request", $"{request} cannot be answered."),
        });
    }
}
