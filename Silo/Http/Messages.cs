using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Doozer.Silo.Http;

/// <summary>The answer to a write.</summary>
internal sealed record WriteResult(long Revision);

/// <summary>The answer to <c>GET /v1/{namespace}/rev</c>.</summary>
internal sealed record RevisionResult(long Revision);

/// <summary>What is at a path: <c>file</c>, <c>directory</c> or <c>missing</c>.</summary>
internal sealed record StatResult(string Path, string Kind, long Revision, long Length, long TreeRevision);

/// <summary>An entry of a directory.</summary>
internal sealed record EntryResult(string Name, string Kind, long Revision, long Length);

/// <summary>A page of a directory.</summary>
internal sealed record DirectoryResult(string Path, EntryResult[] Entries, bool More, long TreeRevision);

/// <summary>A page of a walk; bodies are base64. The next page begins after a path.</summary>
internal sealed record WalkResult(WalkedFile[] Files, bool More, string? After, long TreeRevision);

/// <summary>An event: <c>set</c>, <c>del</c> or <c>nop</c>; the body is base64.</summary>
internal sealed record EventResult(long Revision, string Kind, string Path, byte[] Body);

/// <summary>The events of a wait, and the revision to go on from.</summary>
internal sealed record EventsResult(EventResult[] Events, long Next);

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
    Guid? RequestId = null)
{
    public const string ContentType = "application/problem+json";
}

/// <summary>JSON code made at build time: no reflection when a command starts.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(WriteResult))]
[JsonSerializable(typeof(RevisionResult))]
[JsonSerializable(typeof(StatResult))]
[JsonSerializable(typeof(DirectoryResult))]
[JsonSerializable(typeof(WalkResult))]
[JsonSerializable(typeof(EventResult))]
[JsonSerializable(typeof(EventsResult))]
[JsonSerializable(typeof(NamespaceStatus))]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class DoozerJson : JsonSerializerContext;

/// <summary>JSON for answers: quotes and the like stay readable, because it is never put inside HTML.</summary>
internal static class AnswerJson
{
    public static DoozerJson Types { get; } =
        new(new JsonSerializerOptions(DoozerJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
