using System.Text.Json;

namespace Doozer.Silo.Commands;

/// <summary>Bodies of requests.</summary>
internal static class RequestJson
{
    /// <summary>A session to open; what is null is left to the node.</summary>
    public static byte[] OfSession(TimeSpan? ttl, string? owner) => Write(json =>
    {
        if (ttl is { } time)
            json.WriteNumber("ttl", time.Ticks / (decimal)TimeSpan.TicksPerSecond);
        if (owner is not null)
            json.WriteString("owner", owner);
    });

    /// <summary>A transaction.</summary>
    public static byte[] OfTransaction(IEnumerable<Change> changes) => Write(json =>
    {
        json.WriteStartArray("changes");
        foreach (Change change in changes)
        {
            json.WriteStartObject();
            json.WriteString(NameOf(change.Kind), change.Path);
            json.WriteNumber("revision", change.Revision);
            if (change.Session != 0)
                json.WriteNumber("session", change.Session);
            if (change.Kind == ChangeKind.Set)
                json.WriteBase64String("body", change.Body);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static string NameOf(ChangeKind kind) => kind switch
    {
        ChangeKind.Set => "set",
        ChangeKind.Del => "del",
        _ => "check",
    };

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
