using System.Net;
using System.Text.Json;
using Doozer.Chaos.Nodes;
using Doozer.Simulation;

namespace Doozer.Chaos.Load;

/// <summary>The store over HTTP, at the node that the client chooses.</summary>
internal sealed class HttpStore(NodeCluster cluster, NodeConnection connection) : IStore
{
    public async Task<Attempt> Try(Operation operation, Guid request, int node, CancellationToken cancellation)
    {
        Answer answer = await connection.Send(
            MethodOf(operation),
            new Uri(cluster.Address(node), $"v1/{operation.Namespace}/{TargetOf(operation)}"),
            operation.Kind == OperationKind.Set ? Body.Of(operation.Value!) : null,
            operation.IsWrite ? request : null,
            cancellation);
        return new Attempt(answer.Verdict, answer.Reason, Learn(operation, answer));
    }

    private static HttpMethod MethodOf(Operation operation) => operation.Kind switch
    {
        OperationKind.Set => HttpMethod.Put,
        OperationKind.Del => HttpMethod.Delete,
        OperationKind.Nop => HttpMethod.Post,
        _ => HttpMethod.Get,
    };

    private static string TargetOf(Operation operation) => operation.Kind switch
    {
        OperationKind.Nop => "nop",
        OperationKind.Get => $"tree{operation.Path}",
        OperationKind.Local => $"tree{operation.Path}?local=true",
        OperationKind.Wait => $"wait?glob={Uri.EscapeDataString(operation.Path)}&rev={operation.Condition}"
            + $"&limit={LoadClient.PageOf(operation)}&timeout={LoadClient.WaitTime.TotalSeconds}",
        _ => $"tree{operation.Path}?rev={operation.Condition}",
    };

    /// <summary>What the operation came to; null if this answer does not say.</summary>
    private static Operation? Learn(Operation operation, Answer answer) => answer.Verdict switch
    {
        Verdict.Done when operation.Kind == OperationKind.Wait => LearnEvents(operation, answer.Response!.Body),
        Verdict.Done when operation.IsWrite =>
            operation with { Outcome = OperationOutcome.Ok, Revision = answer.Response!.Revision },
        Verdict.Done => operation with
        {
            Outcome = OperationOutcome.Ok,
            Revision = answer.Response!.TreeRevision ?? 0,
            File = answer.Response.Revision,
            Value = Body.ValueOf(answer.Response.Body),
        },
        Verdict.Refused when answer.Response is { TreeRevision: { } revision } =>
            operation with { Outcome = OperationOutcome.Ok, Revision = revision },
        Verdict.Refused => operation with
        {
            Outcome = OperationOutcome.Failed,
            Revision = answer.Current,
            Absent = answer.Response!.Status == HttpStatusCode.NotFound,
        },
        _ => null,
    };

    private static Operation LearnEvents(Operation wait, byte[] body)
    {
        using var answer = JsonDocument.Parse(body);
        return wait with
        {
            Outcome = OperationOutcome.Ok,
            Revision = answer.RootElement.GetProperty("next").GetInt64(),
            Events = [.. answer.RootElement.GetProperty("events").EnumerateArray().Select(LearnEvent)],
        };
    }

    private static HistoryEvent LearnEvent(JsonElement told)
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
            kind == OperationKind.Set ? Body.ValueOf(told.GetProperty("body").GetBytesFromBase64()) : null);
    }
}
