using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Doozer.Silo.Viewer;

namespace Doozer.Silo.Http;

/// <summary>The answer to a write.</summary>
internal sealed record WriteResult(long Revision);

/// <summary>
/// The answer to <c>GET /v1/{namespace}</c>: the revision of <c>main</c> that made it, 0 of <c>main</c> itself; the quorums
/// that its log began with, if they were given; and how many of the voters vote in it, all in <c>main</c>.
/// </summary>
internal sealed record NamespaceFacts(
    string Name,
    long Revision,
    string[]? Acceptors = null,
    int? ElectionQuorum = null,
    int? WriteQuorum = null,
    int? Replicas = null);

/// <summary>The answer to <c>GET /v1/{namespace}/rev</c>.</summary>
internal sealed record RevisionResult(long Revision);

/// <summary>The answer to <c>GET /v1/{namespace}/digest</c>: of a tree, in hexadecimal.</summary>
internal sealed record DigestResult(long Revision, string Digest);

/// <summary>What is at a path: <c>file</c>, <c>directory</c> or <c>missing</c>; and the session that holds it, if any.</summary>
internal sealed record StatResult(
    string Path, string Kind, long Revision, long Length, long TreeRevision, long? Session = null);

/// <summary>An entry of a directory.</summary>
internal sealed record EntryResult(string Name, string Kind, long Revision, long Length, long? Session = null);

/// <summary>A page of a directory.</summary>
internal sealed record DirectoryResult(string Path, EntryResult[] Entries, bool More, long TreeRevision);

/// <summary>A page of a walk; bodies are base64. The next page begins after a path.</summary>
internal sealed record WalkResult(WalkedFile[] Files, bool More, string? After, long TreeRevision);

/// <summary>A file of a walk without bodies.</summary>
internal sealed record FoundFile(string Path, long Revision, long Length, long? Session = null);

/// <summary>A page of a walk without bodies. The next page begins after a path.</summary>
internal sealed record FoundResult(FoundFile[] Files, bool More, string? After, long TreeRevision);

/// <summary>
/// An event: <c>set</c>, <c>del</c> or <c>nop</c>; the body is base64. The last revision of its transaction, if it is another.
/// </summary>
internal sealed record EventResult(
    long Revision, string Kind, string Path, byte[] Body, long? Session = null, long? End = null);

/// <summary>The events of a wait, and the revision to go on from.</summary>
internal sealed record EventsResult(EventResult[] Events, long Next);

/// <summary>An event without its body.</summary>
internal sealed record ChangeResult(
    long Revision, string Kind, string Path, long Length, long? Session = null, long? End = null);

/// <summary>The events of a wait without bodies, and the revision to go on from.</summary>
internal sealed record ChangesResult(ChangeResult[] Events, long Next);

/// <summary>A session: how many seconds it lasts without a sign of life, and whose it is.</summary>
internal sealed record SessionResult(long Id, decimal Ttl, string Owner)
{
    private const decimal Milliseconds = 1000;

    /// <summary>A session as its file tells it: the ttl in milliseconds, a space, and the owner.</summary>
    public static SessionResult Of(byte[] file, long id)
    {
        string text = Encoding.UTF8.GetString(file);
        int space = text.IndexOf(' ');
        long ttl = long.Parse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture);
        return new SessionResult(id, ttl / Milliseconds, text[(space + 1)..]);
    }
}

/// <summary>A page of the open sessions. The next page begins after an id.</summary>
internal sealed record SessionsResult(SessionResult[] Sessions, bool More, string? After, long TreeRevision);

/// <summary>An RFC 9457 problem: the members of the standard, a stable code, and the data of the error.</summary>
internal sealed record Problem(
    string Title,
    int Status,
    string Detail,
    string Code,
    string? Path = null,
    long? Revision = null,
    long? Current = null,
    long? Oldest = null,
    long? Length = null,
    long? Limit = null,
    long? Used = null,
    string? Quorum = null,
    string[]? Missing = null,
    string? Node = null,
    Guid? RequestId = null,
    long? Session = null,
    int? Change = null)
{
    public const string ContentType = "application/problem+json";
}

/// <summary>JSON code made at build time: no reflection when a command starts.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(WriteResult))]
[JsonSerializable(typeof(NamespaceFacts))]
[JsonSerializable(typeof(RevisionResult))]
[JsonSerializable(typeof(DigestResult))]
[JsonSerializable(typeof(StatResult))]
[JsonSerializable(typeof(DirectoryResult))]
[JsonSerializable(typeof(WalkResult))]
[JsonSerializable(typeof(FoundResult))]
[JsonSerializable(typeof(EventResult))]
[JsonSerializable(typeof(EventsResult))]
[JsonSerializable(typeof(ChangesResult))]
[JsonSerializable(typeof(SessionResult))]
[JsonSerializable(typeof(SessionsResult))]
[JsonSerializable(typeof(NamespaceStatus))]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(OverviewResult))]
[JsonSerializable(typeof(ClusterResult))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class DoozerJson : JsonSerializerContext;

/// <summary>JSON for answers: quotes and the like stay readable, because it is never put inside HTML.</summary>
internal static class AnswerJson
{
    public static DoozerJson Types { get; } =
        new(new JsonSerializerOptions(DoozerJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>
    /// Answers by something short. Its length is told, so that it is sent as one: the end of one in chunks would be sent apart.
    /// </summary>
    public static async Task WriteShortJson<T>(
        this HttpResponse response, T value, JsonTypeInfo<T> type, string contentType = "application/json; charset=utf-8")
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(value, type);
        response.ContentType = contentType;
        response.ContentLength = json.Length;
        await response.BodyWriter.WriteAsync(json);
    }
}
