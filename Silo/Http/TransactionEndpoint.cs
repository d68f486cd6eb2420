using System.Text;
using System.Text.Json;
using Doozer.Namespaces;

namespace Doozer.Silo.Http;

/// <summary>Several changes, all or none: <c>POST /v1/{namespace}/transactions</c>.</summary>
internal sealed class TransactionEndpoint(NamespaceSource namespaces, BodyBudget bodies)
{
    /// <summary>The largest transaction fits in base64, and in text that needs few escapes.</summary>
    private const int MaxRequestBytes = 2 * Limits.TransactionBytes;

    public async Task<long> Post(HttpContext context, WriteIdentity write)
    {
        string name = (string)context.Request.RouteValues["namespace"]!;
        using BodyBudget.Share share = bodies.Take(RequestBody.MostBytes(context.Request, MaxRequestBytes));
        Change[] changes = await JsonBody.Read(context, MaxRequestBytes, ChangesOf);
        return await namespaces(name).Transact(changes, write.Id, write.Floor).WaitAsync(context.RequestAborted);
    }

    private static Change[] ChangesOf(JsonMembers body)
    {
        body.RequireOnly("changes");
        JsonElement list = body.Array("changes");
        Arguments.RequireChangeCount(list.GetArrayLength());
        var changes = new Change[list.GetArrayLength()];
        for (int i = 0; i < changes.Length; i++)
        {
            try
            {
                changes[i] = ChangeOf(new JsonMembers(list[i], "changes"));
            }
            catch (InvalidArgumentException reason)
            {
                throw new TransactionFailedException(i, reason);
            }
        }

        return changes;
    }

    private static Change ChangeOf(JsonMembers change)
    {
        if (change.Has("set"))
        {
            change.RequireOnly("set", "text", "body", "revision", "session");
            return Change.Set(change.Text("set")!, BodyOf(change), RevisionOf(change), change.WholeNumber("session") ?? 0);
        }

        if (change.Has("del"))
        {
            change.RequireOnly("del", "revision");
            return Change.Del(change.Text("del")!, RevisionOf(change));
        }

        if (!change.Has("check"))
            throw new InvalidArgumentException("changes", "each is a set, a del or a check");
        change.RequireOnly("check", "revision");
        return Change.Check(change.Text("check")!, RevisionOf(change));
    }

    private static byte[] BodyOf(JsonMembers change) => (change.Text("text"), change.Base64("body")) switch
    {
        ({ } text, null) => Encoding.UTF8.GetBytes(text),
        (null, { } bytes) => bytes,
        _ => throw new InvalidArgumentException("body", "a set has either a body, in base64, or a text"),
    };

    // As in ?rev=: to clobber must be said.
    private static long RevisionOf(JsonMembers change) => change.WholeNumber("revision")
        ?? throw new InvalidArgumentException("revision", "it is missing");
}
