using System.Globalization;
using Doozer.Namespaces;
using Doozer.Tree;

namespace Doozer.Silo.Http;

/// <summary>Sessions: <c>/v1/{namespace}/sessions</c> and <c>/v1/{namespace}/sessions/{id}</c>.</summary>
internal sealed class SessionEndpoints(NamespaceSource namespaces)
{
    /// <summary>The longest owner fits, however it is escaped.</summary>
    private const int MaxRequestBytes = 4096;

    private static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(10);

    public async Task<SessionResult> Open(HttpContext context, WriteIdentity write)
    {
        (TimeSpan ttl, string owner) = await JsonBody.Read(context, MaxRequestBytes, body =>
        {
            body.RequireOnly("ttl", "owner");
            return (body.Seconds("ttl", 2 * Limits.LongestTtl) ?? DefaultTtl, body.Text("owner") ?? "");
        });
        long id = await Grain(context).OpenSession(ttl, owner, write.Id, write.Floor).WaitAsync(context.RequestAborted);
        return new SessionResult(id, ttl.Ticks / (decimal)TimeSpan.TicksPerSecond, owner);
    }

    public static Task AnswerOpen(HttpContext context, SessionResult session)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"/v1/{NameIn(context)}/sessions/{session.Id}";
        context.Response.Headers[DoozerHeaders.Revision] = session.Id.ToString();
        return context.Response.WriteShortJson(session, AnswerJson.Types.SessionResult);
    }

    /// <summary>Answers when a quorum has confirmed that the session goes on.</summary>
    public async Task KeepAlive(HttpContext context)
    {
        Calls.RequireUnconditional(context.Request.Headers);
        long id = IdIn(context);
        long[] over = await Grain(context).KeepAlive([id]).WaitAsync(context.RequestAborted);
        if (over.Length > 0)
            throw new SessionExpiredException(id);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public Task<long> Close(HttpContext context, WriteIdentity write) =>
        Grain(context).CloseSession(IdIn(context), write.Id, write.Floor).WaitAsync(context.RequestAborted);

    public async Task Get(HttpContext context)
    {
        var query = new RequestQuery(context.Request);
        long id = IdIn(context);
        FileContent file = (await Grain(context)
            .GetShared(Session.PathOf(id), query.RevisionOrLatest, query.Mode)
            .WaitAsync(context.RequestAborted)).Value;
        context.Response.Headers[DoozerHeaders.TreeRevision] = file.TreeRevision.ToString();
        if (!file.Exists)
            throw new SessionExpiredException(id);
        await context.Response.WriteShortJson(SessionResult.Of(file.Body, id), AnswerJson.Types.SessionResult);
    }

    public async Task List(HttpContext context)
    {
        var query = new RequestQuery(context.Request);
        string after = query.After.Length == 0 ? "" : Session.PathOf(RequestQuery.SessionId("after", query.After));
        WalkPage page = (await Grain(context)
            .WalkShared(Session.Directory + "*", after, query.Limit(Limits.PageSize), query.RevisionOrLatest, query.Mode)
            .WaitAsync(context.RequestAborted)).Value;
        SessionResult[] sessions = Array.ConvertAll(page.Files, file => SessionResult.Of(file.Body, IdOf(NameOf(file.Path))));
        string? more = page.More ? NameOf(page.GoOnAfter!) : null;
        context.Response.Headers[DoozerHeaders.TreeRevision] = page.TreeRevision.ToString();
        await context.Response.WriteAsJsonAsync(
            new SessionsResult(sessions, page.More, more, page.TreeRevision), AnswerJson.Types.SessionsResult);
    }

    private static long IdOf(string name) => long.Parse(name, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string NameOf(string path) => path[Session.Directory.Length..];

    private static long IdIn(HttpContext context) =>
        RequestQuery.SessionId("session", (string)context.Request.RouteValues["id"]!);

    private ILocalNamespaceGrain Grain(HttpContext context) => namespaces(NameIn(context));

    private static string NameIn(HttpContext context) => (string)context.Request.RouteValues["namespace"]!;
}
