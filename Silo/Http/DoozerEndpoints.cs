using System.Net.Mime;
using Doozer.Namespaces;
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
    /// <param name="dashboard">Where the dashboard is.</param>
    /// <param name="hostNames">By which names, besides <c>localhost</c>, the node may be asked.</param>
    public static void MapDoozer(
        this WebApplication app,
        NamespaceSource namespaces,
        int maxBodyBytes,
        long maxWaitingBytes,
        string dashboard,
        IEnumerable<string> hostNames)
    {
        app.Use(app.Services.GetRequiredService<HttpConnections>().Run);
        app.UseStatusCodePages(Unrouted);
        app.Use(new RequestChecks(hostNames).Run);
        Answers answers = app.Services.GetRequiredService<Answers>();
        var bodies = new BodyBudget(maxWaitingBytes);
        MapFiles(app, new TreeEndpoints(namespaces, answers, maxBodyBytes, bodies));
        MapSessions(app, new SessionEndpoints(namespaces));
        app.MapPost("/v1/{namespace}/transactions", Calls.Write(new TransactionEndpoint(namespaces, bodies).Post));
        MapNamespaces(app, new NamespaceEndpoints(namespaces, answers, app.Services.GetService<EventReaders>()));

        NodeInfo node = app.Services.GetRequiredService<NodeInfo>();
        var health = new HealthEndpoints(namespaces, node, app.Services.GetRequiredService<TimeProvider>());
        app.MapGet("/v1/self", Calls.Read(context => context.Response.WriteAsJsonAsync(node, AnswerJson.Types.NodeInfo)));
        app.MapMethods("/healthz", GetAndHead, Calls.Read(HealthEndpoints.Alive));
        app.MapMethods("/readyz", GetAndHead, Calls.Read(health.Ready));
        app.MapGet("/", context => Index(context, node, dashboard));
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
        routes.MapGet("/v1/{namespace}/walk", Calls.Read(names.Walk, "glob", "rev", "local", "after", "limit"));
        routes.MapGet("/v1/{namespace}/wait", Calls.Read(names.Wait, "glob", "rev", "local", "limit", "timeout"));
        routes.MapGet("/v1/{namespace}/events", Calls.Read(names.Events, "glob", "rev", "local"));
        routes.MapGet("/v1/{namespace}/rev", Calls.Read(names.Rev, "local"));
        routes.MapPost("/v1/{namespace}/nop", Calls.Write(names.Nop));
        routes.MapGet("/v1/{namespace}/status", Calls.Read(names.Status));
        routes.MapGet("/v1/{namespace}/snapshot", Calls.Read(SnapshotEndpoint.Get));
        routes.MapPost("/v1/{namespace}/leader", Calls.Read(names.TransferLeadership, "node"));
    }

    private static Task Index(HttpContext context, NodeInfo node, string dashboard)
    {
        context.Response.ContentType = MediaTypeNames.Text.Plain;
        return context.Response.WriteAsync($"""
            doozer {node.Version}, node {node.Node} of cluster {node.Cluster}

            /v1/main/tree/?dir=true   the files of the namespace main
            /v1/main/sessions         who is here
            /v1/main/status           leader, quorum, replicas
            /v1/clustering/status     the members of the cluster
            /healthz  /readyz  {dashboard}

            """);
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
