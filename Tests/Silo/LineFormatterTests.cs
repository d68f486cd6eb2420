using System.Text.Json;
using Doozer.Silo.Serve;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Doozer.Tests.Silo;

/// <summary>What the node's log looks like.</summary>
public sealed class LineFormatterTests
{
    [Theory]
    [InlineData("It failed.", "It failed.")]
    [InlineData("It failed: the cause\n ---> Cause: why\n   at Somewhere()", "It failed: the cause")]
    [InlineData("It failed.\r\n   at Somewhere()", "It failed.")]
    public void A_warning_is_one_line_whatever_its_exception_says(string said, string printed)
    {
        using var output = new StringWriter();
        new LineFormatter(TimeProvider.System).Write(
            new LogEntry<string>(
                LogLevel.Warning, "Orleans", default, "No answer", new TimeoutException(said), (state, _) => state),
            scopeProvider: null,
            output);

        output.ToString().ShouldEndWith($" warn  [Orleans] No answer (TimeoutException: {printed}){Environment.NewLine}");
        output.ToString().Split(Environment.NewLine).Length.ShouldBe(2);
    }

    [Fact]
    public void A_line_begins_with_date_and_time_of_no_time_zone_but_UTC()
    {
        using var output = new StringWriter();
        new LineFormatter(TimeProvider.System).Write(Entry("It serves"), scopeProvider: null, output);
        output.ToString().ShouldMatch(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  It serves\r?\n$");
    }

    [Fact]
    public void In_JSON_a_line_is_an_object_with_all_that_the_message_tells()
    {
        using var output = new StringWriter();
        KeyValuePair<string, object?>[] state =
            [new("Node", "n1"), new("Slot", 7L), new("Nobody", null), new("{OriginalFormat}", "{Node} {Slot} {Nobody}")];
        new JsonFormatter(TimeProvider.System).Write(
            new LogEntry<KeyValuePair<string, object?>[]>(
                LogLevel.Error, "Doozer.X", default, state, new TimeoutException("late"), (_, _) => "n1 \"7\"\n"),
            scopeProvider: null,
            output);
        output.ToString().TrimEnd().ShouldNotContain("\n");
        JsonElement line = JsonDocument.Parse(output.ToString()).RootElement;
        line.GetProperty("time").GetDateTimeOffset().Offset.ShouldBe(TimeSpan.Zero);
        line.GetProperty("level").GetString().ShouldBe("error");
        line.GetProperty("category").GetString().ShouldBe("Doozer.X");
        line.GetProperty("message").GetString().ShouldBe("n1 \"7\"\n");
        line.GetProperty("values").ToString().ShouldBe("{\"Node\":\"n1\",\"Slot\":7,\"Nobody\":null}");
        line.GetProperty("exception").GetString().ShouldNotBeNull().ShouldContain("TimeoutException: late");
    }

    [Fact]
    public void What_others_call_themselves_begins_no_line()
    {
        using var output = new StringWriter();
        new LineFormatter(TimeProvider.System).Write(
            new LogEntry<string>(LogLevel.Error, "Doozer.X", default, "refused x\n12:00 info y", null, (state, _) => state),
            scopeProvider: null,
            output);

        output.ToString().ShouldEndWith($" error refused x\\u000a12:00 info y{Environment.NewLine}");
    }

    private static LogEntry<string> Entry(string text) =>
        new(LogLevel.Information, "Doozer", default, text, null, (state, _) => state);
}
