using Doozer.Namespaces;

namespace Doozer.Silo.Http;

/// <summary>Reading and writing one path: <c>/v1/{namespace}/tree/{path}</c>.</summary>
internal sealed class TreeEndpoints(NamespaceSource namespaces, Answers answers, int maxBodyBytes, BodyBudget bodies)
{
    private static readonly string[] OfListings = ["after", "limit"];

    public Task Get(HttpContext context)
    {
        var target = RequestTarget.OfTree(context);
        var query = new RequestQuery(context.Request);
        if (query.Flag("dir"))
            return GetDir(context, target, query);
        if (Array.Find(OfListings, name => query.Text(name) is not null) is { } name)
            throw new InvalidArgumentException(name, "it is for listings: add ?dir");
        return query.Flag("stat") ? Stat(context, target, query) : GetFile(context, target, query);
    }

    public async Task<long> Put(HttpContext context, WriteIdentity write)
    {
        var target = RequestTarget.OfTree(context);
        var query = new RequestQuery(context.Request);
        long revision = query.RequiredRevision;
        long session = query.Session;
        RequestBody.RequireWholeAndPlain(context.Request);
        using BodyBudget.Share share = bodies.Take(RequestBody.MostBytes(context.Request, maxBodyBytes));
        byte[] body = await RequestBody.Read(context.Request, maxBodyBytes);
        return await Grain(target)
            .Set(target.Path, body, revision, write.Id, write.Floor, session)
            .WaitAsync(context.RequestAborted);
    }

    public Task<long> Delete(HttpContext context, WriteIdentity write)
    {
        var target = RequestTarget.OfTree(context);
        long revision = new RequestQuery(context.Request).RequiredRevision;
        return Grain(target).Del(target.Path, revision, write.Id, write.Floor).WaitAsync(context.RequestAborted);
    }

    private async Task GetFile(HttpContext context, RequestTarget target, RequestQuery query)
    {
        FileContent file = (await Grain(target)
            .GetShared(target.Path, query.RevisionOrLatest, query.Mode)
            .WaitAsync(context.RequestAborted)).Value;
        HttpResponse response = context.Response;
        response.Headers[DoozerHeaders.TreeRevision] = file.TreeRevision.ToString();
        if (!file.Exists)
            throw new NotFoundException(target.Path);

        response.Headers[DoozerHeaders.Revision] = file.Revision.ToString();
        if (file.Session != 0)
            response.Headers[DoozerHeaders.Session] = file.Session.ToString();
        response.ContentType = "application/octet-stream";
        response.ContentLength = file.Body.Length;
        await answers.WriteBytes(context, file.Body);
    }

    private async Task Stat(HttpContext context, RequestTarget target, RequestQuery query)
    {
        EntryStat stat = await Grain(target)
            .Stat(target.Path, query.RevisionOrLatest, query.Mode)
            .WaitAsync(context.RequestAborted);
        var result = new StatResult(
            target.Path, KindNames.Of(stat.Kind), stat.Revision, stat.Length, stat.TreeRevision, IfAny(stat.Session));
        await context.Response.WriteShortJson(result, AnswerJson.Types.StatResult);
    }

    private async Task GetDir(HttpContext context, RequestTarget target, RequestQuery query)
    {
        DirectoryPage page = await Grain(target)
            .GetDir(target.Path, query.After, query.Limit(Limits.PageSize), query.RevisionOrLatest, query.Mode)
            .WaitAsync(context.RequestAborted);
        EntryResult[] entries = Array.ConvertAll(
            page.Entries, e => new EntryResult(e.Name, KindNames.Of(e.Kind), e.Revision, e.Length, IfAny(e.Session)));
        context.Response.Headers[DoozerHeaders.TreeRevision] = page.TreeRevision.ToString();
        await context.Response.WriteAsJsonAsync(
            new DirectoryResult(target.Path, entries, page.More, page.TreeRevision), AnswerJson.Types.DirectoryResult);
    }

    private static long? IfAny(long session) => session == 0 ? null : session;

    private ILocalNamespaceGrain Grain(RequestTarget target) => namespaces(target.Namespace);
}
