using System.Net;
using System.Text.Json;

namespace Doozer.Chaos.Load;

/// <summary>What came back from one request over HTTP.</summary>
/// <param name="Verdict">What it tells.</param>
/// <param name="Reason">The status and code of an answer, or the kind of failure without one.</param>
/// <param name="Response">The answer, if one came.</param>
internal sealed record Answer(Verdict Verdict, string Reason, HttpAnswer? Response = null)
{
    /// <summary>The file's revision that was in the way of a refused write, or 0.</summary>
    public long Current => Response is { Status: HttpStatusCode.PreconditionFailed } answer
        ? JsonDocument.Parse(answer.Body).RootElement.GetProperty("current").GetInt64()
        : 0;

    /// <summary>Nobody answered. Only when no connection was made it is sure that nothing arrived.</summary>
    public static Answer None(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
        ? new Answer(Verdict.NotDone, "no connection")
        : new Answer(Verdict.Unknown, failure is OperationCanceledException ? "no answer in time" : "connection lost");

    public static Answer Of(HttpAnswer answer)
    {
        string code = (int)answer.Status < 400 ? "" : CodeOf(answer.Body);
        Verdict verdict = (answer.Status, code) switch
        {
            (HttpStatusCode.OK, _) => Verdict.Done,
            (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests, not "") => Verdict.NotDone,
            (HttpStatusCode.NotFound, "not-found") => Verdict.Refused,
            (HttpStatusCode.Conflict, "is-directory" or "not-directory") => Verdict.Refused,
            (HttpStatusCode.Gone, "too-late") => Verdict.Refused,
            (HttpStatusCode.PreconditionFailed, not "") => Verdict.Refused,
            _ => Verdict.Unknown,
        };
        return new Answer(verdict, $"{(int)answer.Status} {code}".TrimEnd(), answer);
    }

    private static string CodeOf(byte[] body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.GetProperty("code").GetString() ?? "";
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }
}

/// <summary>An answer over HTTP.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="Revision">The revision of the file that was read or of the write, 0 if it says none.</param>
/// <param name="TreeRevision">The revision of the tree that was read; null if it says none, as all but reads.</param>
internal sealed record HttpAnswer(HttpStatusCode Status, byte[] Body, long Revision, long? TreeRevision);
