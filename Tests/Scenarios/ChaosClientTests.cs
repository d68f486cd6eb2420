using System.Net;
using System.Text;
using Doozer.Chaos.Load;

namespace Doozer.Tests.Scenarios;

/// <summary>
/// What a client of the chaos test makes of an answer. To take an unknown outcome for a known one would make the check worthless.
/// </summary>
public sealed class ChaosClientTests
{
    [Theory]
    [InlineData(HttpStatusCode.OK, "{}", nameof(Verdict.Done))]
    [InlineData(HttpStatusCode.PreconditionFailed, "revision-mismatch", nameof(Verdict.Refused))]
    [InlineData(HttpStatusCode.NotFound, "not-found", nameof(Verdict.Refused))]
    [InlineData(HttpStatusCode.Conflict, "is-directory", nameof(Verdict.Refused))]
    [InlineData(HttpStatusCode.Gone, "too-late", nameof(Verdict.Refused))]
    [InlineData(HttpStatusCode.ServiceUnavailable, "no-quorum", nameof(Verdict.NotDone))]
    [InlineData(HttpStatusCode.ServiceUnavailable, "node-unavailable", nameof(Verdict.NotDone))]
    [InlineData(HttpStatusCode.TooManyRequests, "overloaded", nameof(Verdict.NotDone))]
    [InlineData(HttpStatusCode.GatewayTimeout, "outcome-unknown", nameof(Verdict.Unknown))]
    [InlineData(HttpStatusCode.InternalServerError, "anything", nameof(Verdict.Unknown))]
    [InlineData(HttpStatusCode.NotFound, "unknown-url", nameof(Verdict.Unknown))]
    public void The_status_and_code_of_an_answer_tell_what_was_done(HttpStatusCode status, string code, string verdict) =>
        AnswerOf(status, $$"""{"code":"{{code}}","current":7}""").Verdict.ToString().ShouldBe(verdict);

    [Fact]
    public void An_answer_that_no_node_wrote_tells_nothing() =>
        AnswerOf(HttpStatusCode.ServiceUnavailable, "<html>busy</html>").Verdict.ShouldBe(Verdict.Unknown);

    [Fact]
    public void A_refusal_names_the_revision_in_the_way()
    {
        AnswerOf(HttpStatusCode.PreconditionFailed, """{"code":"revision-mismatch","current":7}""").Current.ShouldBe(7);
        AnswerOf(HttpStatusCode.NotFound, """{"code":"not-found"}""").Current.ShouldBe(0);
    }

    [Fact]
    public void Without_an_answer_only_a_connection_that_was_never_made_is_sure()
    {
        Answer.None(new HttpRequestException(HttpRequestError.ConnectionError)).Verdict.ShouldBe(Verdict.NotDone);
        Answer.None(new HttpRequestException(HttpRequestError.ResponseEnded)).Verdict.ShouldBe(Verdict.Unknown);
        Answer.None(new IOException()).Verdict.ShouldBe(Verdict.Unknown);
        Answer.None(new OperationCanceledException()).Verdict.ShouldBe(Verdict.Unknown);
    }

    private static Answer AnswerOf(HttpStatusCode status, string body) =>
        Answer.Of(new HttpAnswer(status, Encoding.UTF8.GetBytes(body), 0, null));
}
