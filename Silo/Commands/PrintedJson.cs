using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Doozer.Silo.Commands;

/// <summary>A file that was read; the body is base64.</summary>
internal sealed record PrintedFile(string Path, long Revision, long? Session, byte[] Body)
{
    /// <param name="path">Where it is.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="session">The session that holds it; 0 for none.</param>
    /// <param name="body">What it holds.</param>
    public static PrintedFile Of(string path, long revision, long session, byte[] body) =>
        new(path, revision, session == 0 ? null : session, body);
}

/// <summary>An event, as HTTP tells it, and if it is asked for when it came.</summary>
internal sealed record PrintedEvent(
    DateTimeOffset? Time, long Revision, string Kind, string Path, byte[] Body, long? Session, long? End);

/// <summary>What a snapshot file holds.</summary>
internal sealed record PrintedSnapshot(
    string Namespace, long Revision, long Oldest, long Files, long Bytes, string Sha256);

/// <summary>
/// A namespace, and the revision of <c>main</c> that it was made at, 0 of <c>main</c> itself; who leads and who votes, if that is
/// known.
/// </summary>
internal sealed record PrintedNamespace(string Name, long Revision, string? Leader, IReadOnlyList<string>? Acceptors);

/// <summary>The version of this program.</summary>
internal sealed record PrintedVersion(string Version);

/// <summary>JSON code for what commands print where HTTP has no such answer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(PrintedFile))]
[JsonSerializable(typeof(PrintedEvent))]
[JsonSerializable(typeof(PrintedSnapshot))]
[JsonSerializable(typeof(PrintedNamespace))]
[JsonSerializable(typeof(PrintedVersion))]
[JsonSerializable(typeof(NodeHealth))]
[JsonSerializable(typeof(PrintedStatus))]
internal sealed partial class CommandJson : JsonSerializerContext;

/// <summary>JSON for <c>--json</c>, as readable as that of answers. The names are documented and do not change.</summary>
internal static class PrintedJson
{
    public static CommandJson Types { get; } =
        new(new JsonSerializerOptions(CommandJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
