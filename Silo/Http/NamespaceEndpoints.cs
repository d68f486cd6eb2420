using Doozer.Namespaces;
using Doozer.Replicas;

namespace Doozer.Silo.Http;

/// <summary>
/// What concerns a whole namespace: to make and to delete it, and walk, wait, rev, digest, nop, status, leader.
/// </summary>
internal sealed class NamespaceEndpoints(NamespaceSource namespaces, Answers answers, EventReaders? readers)
{
    private const int DefaultEvents = 100;

    /// <summary>So many files are looked at for a page of those that sessions hold, as a walk looks at without pages.</summary>
    private const int MostPagesForHeld = 30;

    private readonly EventStream _events = new(answers, readers);

    public Task<long> Create(HttpContext context, WriteIdentity write) =>
        Grain(context)
            .Create(write.Id, write.Floor, new RequestQuery(context.Request).Replicas)
            .WaitAsync(context.RequestAborted);

    public static Task AnswerCreated(HttpContext context, long revision)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        return Calls.AnswerRevision(context, revision);
    }

    public Task<long> Delete(HttpContext context, WriteIdentity write) =>
        Grain(context).Delete(write.Id, write.Floor).WaitAsync(context.RequestAborted);

    public async Task Get(HttpContext context)
    {
        string name = NameIn(context);
        Names.RequireNamespace(name);
        ReadMode mode = new RequestQuery(context.Request).Mode;
        FileContent file = (await namespaces(Names.Main)
            .GetShared(NamespaceList.PathOf(name), Revisions.Latest, mode)
            .WaitAsync(context.RequestAborted)).Value;
        if (!file.Exists && name != Names.Main)
            throw new NoNamespaceException(name);
        NamespaceRecord record = file.Exists ? NamespaceList.Read(file.Body) : new NamespaceRecord();
        bool hasQuorums = record.Acceptors is not null;
        var facts = new NamespaceFacts(
            name,
            file.Revision,
            record.Acceptors,
            hasQuorums ? record.ElectionQuorum : null,
            hasQuorums ? record.WriteQuorum : null,
            name == Names.Main ? null : record.WantedReplicas);
        await context.Response.WriteShortJson(facts, AnswerJson.Types.NamespaceFacts);
    }

    public async Task Walk(HttpContext context)
    {
        var query = new RequestQuery(context.Request);
        bool withBodies = query.WithBodies;
        WalkPage page = await ReadWalk(Grain(context), query, context.RequestAborted);
        context.Response.Headers[DoozerHeaders.TreeRevision] = page.TreeRevision.ToString();
        await answers.WriteJson(context, async writer =>
        {
            await writer.Write("{\"files\":[");
            for (int i = 0; i < page.Files.Length; i++)
            {
                if (i > 0)
                    await writer.Write(",");
                if (!withBodies)
                    await writer.Write(JsonPieces.OfFileWithoutBody(page.Files[i]));
                for (int piece = 0; withBodies && piece < JsonPieces.Count(page.Files[i].Body); piece++)
                    await writer.Write(JsonPieces.OfFile(page.Files[i], piece));
            }

            string more = page.More ? $"true,\"after\":\"{page.GoOnAfter}\"" : "false";
            await writer.Write($"],\"more\":{more},\"treeRevision\":{page.TreeRevision}}}");
        });
    }

    public async Task Wait(HttpContext context)
    {
        var query = new RequestQuery(context.Request);
        int limit = query.Limit(DefaultEvents);
        bool withBodies = query.WithBodies;
        WaitResult result = (await Grain(context)
            .WaitShared(query.Glob, query.RevisionOrLatest, limit, query.Timeout(Limits.WaitTimeout), query.Mode)
            .WaitAsync(context.RequestAborted)).Value;
        var delivery = new EventDelivery(result);
        await answers.WriteJson(
            context, writer => delivery.Write(writer, EventFormat.Json, answers.Events, withBodies).AsTask());
    }

    /// <summary>A page of a walk; or of the files that sessions hold, which may be few among many.</summary>
    private static async Task<WalkPage> ReadWalk(ILocalNamespaceGrain grain, RequestQuery query, CancellationToken gone)
    {
        bool onlyHeld = query.Flag("held");
        int limit = query.Limit(Limits.PageSize);
        string after = query.After;
        long revision = query.RevisionOrLatest;
        var held = new List<WalkedFile>();
        for (int pages = 1; ; pages++)
        {
            WalkPage page = (await grain
                .WalkShared(query.Glob, after, onlyHeld ? Limits.PageSize : limit, revision, query.Mode)
                .WaitAsync(gone)).Value;
            if (!onlyHeld)
                return page;
            (revision, after) = (page.TreeRevision, page.GoOnAfter ?? "");
            foreach (WalkedFile file in page.Files.Where(file => file.Session != 0))
            {
                held.Add(file);
                if (held.Count == limit)
                    return new WalkPage([.. held], More: true, revision, file.Path);
            }

            if (!page.More || pages == MostPagesForHeld)
                return new WalkPage([.. held], page.More, revision, page.GoOnAfter);
        }
    }

    public async Task Rev(HttpContext context)
    {
        long revision = await Grain(context).Rev(new RequestQuery(context.Request).Mode).WaitAsync(context.RequestAborted);
        context.Response.Headers[DoozerHeaders.TreeRevision] = revision.ToString();
        await context.Response.WriteShortJson(new RevisionResult(revision), AnswerJson.Types.RevisionResult);
    }

    /// <summary>A digest of the node's own tree, to be compared with those of its peers.</summary>
    public async Task Digest(HttpContext context)
    {
        TreeDigest digest = await Grain(context)
            .Digest(new RequestQuery(context.Request).RevisionOrLatest)
            .WaitAsync(context.RequestAborted);
        context.Response.Headers[DoozerHeaders.TreeRevision] = digest.Revision.ToString();
        await context.Response.WriteShortJson(
            new DigestResult(digest.Revision, digest.Digest.ToString("x16")), AnswerJson.Types.DigestResult);
    }

    public Task<long> Nop(HttpContext context, WriteIdentity write) =>
        Grain(context).Nop(write.Id, write.Floor).WaitAsync(context.RequestAborted);

    public async Task Status(HttpContext context)
    {
        NamespaceStatus status = await Grain(context).Status().WaitAsync(context.RequestAborted);
        await context.Response.WriteShortJson(status, AnswerJson.Types.NamespaceStatus);
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

    public Task Events(HttpContext context) => _events.Run(context, Grain(context), NameIn(context));

    private ILocalNamespaceGrain Grain(HttpContext context) => namespaces(NameIn(context));

    private static string NameIn(HttpContext context) => (string)context.Request.RouteValues["namespace"]!;
}
