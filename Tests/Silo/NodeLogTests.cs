using System.Text;
using Doozer.Silo.Commands;
using Doozer.Silo.Serve;
using Microsoft.Extensions.Logging;

namespace Doozer.Tests.Silo;

/// <summary>A log whose reader stops reading, or whose disk is full.</summary>
public sealed class NodeLogTests
{
    // More than can wait.
    private const int Many = 40_000;

    private static readonly string Long = new('x', 100);

    [Fact]
    public async Task A_log_that_nobody_reads_holds_up_nobody_and_tells_how_many_lines_were_dropped()
    {
        using var output = new Pipe();
        NodeLog log = NewLog(output);
        ILogger logger = log.CreateLogger("Doozer.X");
        output.Block();
        for (int i = 0; i < Many; i++)
            logger.Log(LogLevel.Information, default, i, null, static (number, _) => $"{number} {Long}");
        log.Say("n1 stops");
        await log.Flush();

        output.Unblock();
        string told = await output.Until("lines of this log were dropped");
        string[] lines = told.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines[^1].ShouldMatch(" warn  [0-9]+ lines of this log were dropped: nobody read standard output, or its disk was full$");
        int dropped = int.Parse(lines[^1].Split(" warn  ")[1].Split(' ')[0]);
        (lines.Length - 1 + dropped).ShouldBe(Many + 1);
        dropped.ShouldBeGreaterThan(Many / 2);
    }

    [Fact]
    public async Task A_log_whose_disk_was_full_goes_on_with_whole_lines_when_there_is_room()
    {
        using var output = new Pipe();
        NodeLog log = NewLog(output);
        log.Say("first");
        await output.Until("first\n");
        output.IsFull = true;
        log.Say("second");
        log.Say("third");
        await log.Flush();
        output.IsFull = false;
        log.Say("fourth");
        string[] lines = (await output.Until("fourth")).Split('\n');
        // The disk took a part of a line.
        lines.Length.ShouldBeGreaterThanOrEqualTo(4);
        lines[0].ShouldEndWith(" info  first");
        lines[^3].ShouldContain(" warn  2 lines of this log were dropped");
        lines[^2].ShouldEndWith(" info  fourth");
    }

    [Fact]
    public async Task In_JSON_every_line_of_the_log_is_an_object_also_what_the_node_says_itself()
    {
        using var output = new Pipe();
        NodeLog log = NewLog(output);
        log.UseJson();
        log.Say("n1 serves");
        KeyValuePair<string, object?>[] state = [new("Node", "n1"), new("{OriginalFormat}", "{Node} waits")];
        log.CreateLogger("Doozer.X").Log(LogLevel.Warning, default, state, null, static (_, _) => "n1 waits");
        string[] lines = (await output.Until("waits")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(2);
        lines[0].ShouldEndWith("\"level\":\"info\",\"category\":\"Doozer\",\"message\":\"n1 serves\"}");
        lines[1].ShouldEndWith("\"message\":\"n1 waits\",\"values\":{\"Node\":\"n1\"}}");
    }

    private static NodeLog NewLog(Stream output) =>
        new(new CommandConsole(Stream.Null, output, TextWriter.Null), TimeProvider.System);

    /// <summary>What a process writes to.</summary>
    private sealed class Pipe : MemoryStream
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

        private readonly ManualResetEventSlim _isRead = new(true);
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Takes half of what it is given, and fails.</summary>
        public bool IsFull { get; set; }

        public void Block() => _isRead.Reset();

        public void Unblock() => _isRead.Set();

        public override void Write(byte[] buffer, int offset, int count)
        {
            _isRead.Wait(TestContext.Current.CancellationToken);
            string text = Encoding.UTF8.GetString(buffer, offset, count);
            TaskCompletionSource written;
            lock (_text)
            {
                _text.Append(IsFull ? text[..(text.Length / 2)] : text);
                (written, _written) = (_written, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            written.SetResult();
            if (IsFull)
                throw new IOException("No space left on device");
        }

        /// <summary>All that was written, once it ends with a line that contains the text.</summary>
        public async Task<string> Until(string text)
        {
            while (true)
            {
                Task written;
                lock (_text)
                {
                    string all = _text.ToString();
                    if (all.EndsWith('\n') && all.Contains(text, StringComparison.Ordinal))
                        return all;
                    written = _written.Task;
                }

                await written.WaitAsync(Patience, TestContext.Current.CancellationToken);
            }
        }
    }
}
