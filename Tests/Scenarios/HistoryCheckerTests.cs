using Doozer.Simulation;

namespace Doozer.Tests.Scenarios;

/// <summary>
/// Histories by hand, a line an operation: client, operation, path, value, condition, start, end, outcome, revision, file.
/// </summary>
public sealed class HistoryCheckerTests
{
    [Theory]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b get /x 1 -1 20 30 ok 1 1")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b get /x - -1 5 30 ok 0 0", "a read beside the write may see the time before")]
    [InlineData("a set /x 1 -1 0 - unknown 0 | b get /x 1 -1 20 30 ok 1 1", "an unknown write may be done")]
    [InlineData("a set /x 1 -1 0 - unknown 0 | b get /x - -1 20 30 ok 0 0", "or not")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - 1 20 30 ok 2 | b get /x - -1 40 50 ok 2 0")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b local /x - -1 20 30 ok 0 0", "a local read may be old")]
    [InlineData("a set /x 1 0 0 10 ok 1 | b set /x 2 0 20 30 failed 1")]
    [InlineData("a nop / - -1 0 10 ok 1 | a nop / - -1 20 30 ok 2")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - -1 5 40 ok 2 | b del /x - -1 20 30 absent 0", "another deleted it")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - -1 5 - unknown 0 | b del /x - -1 20 30 absent 0", "or may have")]
    [InlineData("a set /x 1 -1 0 20 ok 1 | b del /x - -1 10 30 absent 0", "the file came only then")]
    [InlineData("b get /ctl/namespace/x 7 -1 0 10 ok 1 1 | a set /x 1 -1 20 30 ok 2", "the store writes files of its own")]
    public void Linearizable_history_passes(string history, string why = "") => Check(history).ShouldBeNull(why);

    [Theory]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b get /x - -1 20 30 ok 0 0", "stale")]
    [InlineData("a set /x 1 -1 0 10 ok 2 | b set /x 2 -1 20 30 ok 1", "should have taken a later one")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b set /x 2 -1 0 10 ok 1", "took revision 1 too")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b get /x 2 -1 20 30 ok 1 1", "something else")]
    [InlineData(
        "a set /x 1 -1 0 10 ok 1 | a set /x 2 -1 20 30 ok 2 | b get /x 1 -1 40 50 ok 2 1",
        "at revision 2 the file was at revision 2")]
    [InlineData("a set /x 1 -1 0 10 failed 0 | b get /x 1 -1 20 30 ok 1 1", "failed was done")]
    [InlineData("b get /x 7 -1 20 30 ok 1 1", "nobody wrote")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b set /x 2 0 20 30 ok 2", "should have failed")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b del /y - -1 20 30 ok 2", "no file to delete")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - -1 20 30 ok 2 | b set /x 3 0 40 50 failed 1", "had changed the file")]
    [InlineData("a set /x 1 -1 0 10 ok 2", "belong to no write")]
    [InlineData("a set /x 1 -1 20 - unknown 0 | b local /x 1 -1 0 10 ok 1 1", "does not fit the write")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b set /y 1 -1 0 10 ok 2", "not unique")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | b del /x - -1 20 30 absent 0", "there all the time")]
    [InlineData(
        "a set /x 1 -1 0 10 ok 1 | b del /x - -1 20 30 absent 0 | a del /x - -1 40 50 ok 2", "there all the time")]
    public void Broken_history_is_found(string history, string violation) =>
        Check(history).ShouldNotBeNull().ShouldContain(violation);

    [Fact]
    public void Wait_that_misses_a_revision_is_found()
    {
        Operation[] history =
            [
                Parse("a set /x 1 -1 0 10 ok 1"),
                Parse("a set /x 2 -1 20 30 ok 2"),
                Wait(new HistoryEvent(2, OperationKind.Set, "/x", "2")),
            ];
        HistoryChecker.FindViolation(history).ShouldNotBeNull().ShouldContain("missed revision 1");
        history[2] = Wait(new HistoryEvent(1, OperationKind.Set, "/x", "1"), new HistoryEvent(2, OperationKind.Set, "/x", "2"));
        HistoryChecker.FindViolation(history).ShouldBeNull();
        history[2] = Wait(
            new HistoryEvent(1, OperationKind.Set, "/x", "1"),
            new HistoryEvent(2, OperationKind.Set, "/x", "2"),
            new HistoryEvent(1, OperationKind.Set, "/x", "1"));
        HistoryChecker.FindViolation(history).ShouldNotBeNull().ShouldContain("out of order");
    }

    [Fact]
    public void Value_that_is_written_twice_is_found()
    {
        Operation[] history =
        [
            Parse("a set /x 1 -1 0 - unknown 0"),
            Wait(new HistoryEvent(1, OperationKind.Set, "/x", "1"), new HistoryEvent(2, OperationKind.Set, "/x", "1")),
        ];
        HistoryChecker.FindViolation(history).ShouldNotBeNull().ShouldContain("written twice");
    }

    /// <summary>What a wait saw at the end, revision by revision, must come from these writes.</summary>
    [Theory]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - -1 20 30 ok 2", "set /x 1 | del /x | del /x", "a delete applied twice")]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - -1 20 30 failed 0", "set /x 1 | del /x", "a failed delete applied")]
    [InlineData("a set /x 1 -1 0 10 ok 1", "set /x 1 | nop /", "a nop of nobody")]
    [InlineData("a nop / - -1 0 - unknown 0", "nop / | nop /", "an unknown nop applied twice")]
    [InlineData("a nop / - -1 200 - unknown 0", "nop /", "a nop from the future")]
    [InlineData(
        "a set /x 1 -1 0 10 ok 1 | a set /y 2 -1 20 30 ok 3 | a del /x - -1 40 - unknown 0",
        "set /x 1 | del /x | set /y 2",
        "a delete that began when a later revision was known")]
    [InlineData(
        "a set /x 1 -1 0 10 ok 1 | a set /x 2 -1 20 30 ok 2 | b del /x - 1 40 - unknown 0",
        "set /x 1 | set /x 2 | del /x",
        "a delete against its condition")]
    public void An_event_that_no_write_could_have_made_is_found(string history, string events, string why) =>
        CheckWithEvents(history, events).ShouldNotBeNull(why).ShouldContain("was made by no write");

    [Theory]
    [InlineData("a set /x 1 -1 0 10 ok 1 | a del /x - -1 20 - unknown 0", "set /x 1 | del /x")]
    [InlineData("a nop / - -1 0 - unknown 0 | b nop / - -1 0 - unknown 0", "nop / | nop /")]
    [InlineData(
        "a set /x 1 -1 0 5 ok 1 | a del /x - -1 6 - unknown 0 | a set /x 2 -1 7 8 ok 3 | b del /x - 2 6 - unknown 0",
        "set /x 1 | del /x | set /x 2 | del /x",
        "the first can only be the one, so the second must be the other")]
    public void Events_of_unknown_writes_are_matched_one_to_one(string history, string events, string why = "") =>
        CheckWithEvents(history, events).ShouldBeNull(why);

    [Fact]
    public void Each_namespace_has_revisions_of_its_own() =>
        HistoryChecker.FindViolation(
            [
                Parse("a set /x 1 -1 0 10 ok 1"),
                Parse("b set /x 1 -1 20 30 ok 1") with { Namespace = "other" },
                Parse("b get /x 1 -1 40 50 ok 1 1") with { Namespace = "other" },
            ]).ShouldBeNull();

    [Fact]
    public void File_keeps_everything()
    {
        Operation[] history =
            [
                Parse("a set /x 1 0 0 10 ok 1"),
                Parse("b get /x - -1 5 - unknown 0"),
                Wait(new HistoryEvent(1, OperationKind.Set, "/x", "1")),
            ];
        using var written = new StringWriter();
        HistoryFile.Write(written, history);
        written.ToString().ShouldStartWith(
            """{"client":"a","namespace":"main","operation":"set","path":"/x","value":"1","condition":0,"start":0,"end":10,"""
            + "\"outcome\":\"ok\",\"revision\":1,\"file\":0}\n");
        using var reader = new StringReader(written.ToString());
        List<Operation> read = HistoryFile.Read(reader);
        read.Count.ShouldBe(3);
        read[0].ShouldBe(history[0]);
        read[1].ShouldBe(history[1]);
        read[2].Events.ShouldBe(history[2].Events);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"client":"a","operation":"swap","path":"/x","start":0,"outcome":"ok"}""")]
    [InlineData("""{"client":"a","operation":"set","path":"/x","start":0,"outcome":"ok","more":1}""")]
    [InlineData("null")]
    public void Line_that_is_no_operation_is_refused(string line)
    {
        using var reader = new StringReader(HistoryFile.ToLine(Parse("a nop / - -1 0 10 ok 1")) + "\n" + line);
        Should.Throw<InvalidDataException>(() => HistoryFile.Read(reader))
            .Message.ShouldStartWith("Line 2 of the history is no operation: ");
    }

    private static string? Check(string history) => HistoryChecker.FindViolation(history.Split(" | ").Select(Parse));

    private static string? CheckWithEvents(string history, string events) => HistoryChecker.FindViolation(
        [.. history.Split(" | ").Select(Parse), Wait([.. events.Split(" | ").Select((line, i) => ParseEvent(line, i + 1))])]);

    private static HistoryEvent ParseEvent(string line, long revision) => line.Split(' ') is [var kind, var path, .. var value]
        ? new HistoryEvent(revision, Enum.Parse<OperationKind>(kind, ignoreCase: true), path, value is [var text] ? text : null)
        : throw new ArgumentException(line);

    private static Operation Wait(params HistoryEvent[] events) => new()
    {
        Client = "w",
        Kind = OperationKind.Wait,
        Path = "/**",
        Condition = 1,
        Start = 100,
        End = 110,
        Outcome = OperationOutcome.Ok,
        Revision = events[^1].Revision + 1,
        Events = events,
    };

    private static Operation Parse(string line)
    {
        string[] words = line.Split(' ');
        return new Operation
        {
            Client = words[0],
            Kind = Enum.Parse<OperationKind>(words[1], ignoreCase: true),
            Path = words[2],
            Value = words[3] == "-" ? null : words[3],
            Condition = long.Parse(words[4]),
            Start = long.Parse(words[5]),
            End = words[6] == "-" ? null : long.Parse(words[6]),
            Outcome = words[7] == "absent" ? OperationOutcome.Failed : Enum.Parse<OperationOutcome>(words[7], ignoreCase: true),
            Absent = words[7] == "absent",
            Revision = long.Parse(words[8]),
            File = words.Length > 9 ? long.Parse(words[9]) : 0,
        };
    }
}
