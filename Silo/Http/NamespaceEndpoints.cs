namespace Doozer.Silo.Http;

/// <summary>What concerns a whole namespace: walk, wait, rev, nop, status, leader.</summary>
internal sealed class NamespaceEndpoints(NamespaceSource namespaces)
{
    private const int DefaultEvents = 100;

    public async Task Walk(HttpContext context)
    {
        var query = new RequestQuery(context.Request);
        WalkPage page = await Grain(context)
            .Walk(query.Glob, query.After, query.Limit(Limits.PageSize), query.RevisionOrLatest, query.Mode)
            .WaitAsync(context.RequestAborted);
        context.Response.Headers[DoozerHeaders.TreeRevision] = page.TreeRevision.ToString();
        await context.Response.WriteAsJsonAsync(
            new WalkResult(page.Files, page.More, page.TreeRevision), AnswerJson.Types.WalkResult);
    }

    public async Task Wait(HttpContext context)
    {
        var query = new RequestQuery(context.Request);
        WaitResult result = await Grain(context)
            .Wait(query.Glob, query.RevisionOrLatest, query.Limit(DefaultEvents), query.Timeout(Limits.WaitTimeout), query.Mode)
            .WaitAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(
            new EventsResult(Array.ConvertAll(result.Events, EventStream.Result), result.Next), AnswerJson.Types.EventsResult);
    }

    public async Task Rev(HttpContext context)
    {
        long revision = await Grain(context).Rev(new RequestQuery(context.Request).Mode).WaitAsync(context.RequestAborted);
        context.Response.Headers[DoozerHeaders.TreeRevision] = revision.ToString();
        await context.Response.WriteAsJsonAsync(new RevisionResult(revision), AnswerJson.Types.RevisionResult);
    }

    public Task<long> Nop(HttpContext context, WriteIdentity write) =>
        Grain(context).Nop(write.Id, write.Floor).WaitAsync(context.RequestAborted);

    public async Task Status(HttpContext context)
    {
        NamespaceStatus status = await Grain(context).Status().WaitAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(status, AnswerJson.Types.NamespaceStatus);
    }

    /// <summary>Answers when the node of the query leads.</summary>
    public async Task TransferLeadership(HttpContext context)
    {
        string node = context.Request.Query["node"].ToString();
        if (node.Length == 0)
            throw new InvalidArgumentException("node", "it is missing");
        await Grain(context).TransferLeadership(node).WaitAsync(context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public Task Events(HttpContext context) => EventStream.Run(context, Grain(context));

    private INamespaceGrain Grain(HttpContext context) =>
        namespaces((string)context.Request.RouteValues["namespace"]!);
}
