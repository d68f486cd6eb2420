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
    public void What_others_call_themselves_begins_no_line()
    {
        using var output = new StringWriter();
        new LineFormatter(TimeProvider.System).Write(
            new LogEntry<string>(LogLevel.Error, "Doozer.X", default, "refused x\n12:00 info y", null, (state, _) => state),
            scopeProvider: null,
            output);

        output.ToString().ShouldEndWith($" error refused x\\u000a12:00 info y{Environment.NewLine}");
    }
}
