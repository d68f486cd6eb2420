using System.Text;
using System.Text.Json;
using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>The answer to a wait.</summary>
internal static class Events
{
    public static Operation Learn(Operation wait, byte[] body)
    {
        using var answer = JsonDocument.Parse(body);
        return wait with
        {
            Outcome = OperationOutcome.Ok,
            Revision = answer.RootElement.GetProperty("next").GetInt64(),
            Events = [.. answer.RootElement.GetProperty("events").EnumerateArray().Select(Event)],
        };
    }

    private static HistoryEvent Event(JsonElement told)
    {
        OperationKind kind = told.GetProperty("kind").GetString() switch
        {
            "set" => OperationKind.Set,
            "del" => OperationKind.Del,
            "nop" => OperationKind.Nop,
            var other => throw new ChaosException($"A wait told of an event of the kind '{other}'"),
        };
        return new HistoryEvent(
            told.GetProperty("revision").GetInt64(),
            kind,
            told.GetProperty("path").GetString()!,
            kind == OperationKind.Set ? Encoding.UTF8.GetString(told.GetProperty("body").GetBytesFromBase64()) : null);
    }
}
