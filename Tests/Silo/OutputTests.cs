using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Doozer.Silo.Commands;

namespace Doozer.Tests.Silo;

/// <summary>Output that nobody reads, streams that are closed, and signals.</summary>
public sealed class OutputTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public void A_pipe_whose_reader_has_left_is_noticed()
    {
        using var writer = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reader = new AnonymousPipeClientStream(PipeDirection.In, writer.ClientSafePipeHandle);
        using var output = new ReadOutput(Stream.Null, (int)writer.SafePipeHandle.DangerousGetHandle());
        output.Write("x"u8);
        output.Flush();
        reader.Dispose();
        Should.Throw<ReaderGone>(() => output.Write("x"u8));
        Should.Throw<ReaderGone>(output.Flush);
    }

    [Theory]
    [InlineData("watch", "/**", "-r", "1")]
    [InlineData("walk", "/**")]
    [InlineData("find", "/")]
    [InlineData("ls", "/")]
    [InlineData("help")]
    public async Task A_command_ends_in_silence_when_its_reader_has_left(params string[] arguments)
    {
        await _node.Main.Set("/a", "1"u8.ToArray(), -1, Guid.Empty);
        using var error = new StringWriter();
        using var output = new Left();
        string[] address = arguments is ["help"] ? [] : ["-a", _node.Address.ToString()];
        int status = await DoozerCommand.Run(
            [.. arguments, .. address],
            new CommandConsole(Stream.Null, output, error),
            TestContext.Current.CancellationToken);
        status.ShouldBe(2);
        error.ToString().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_watch_whose_reader_has_left_ends_also_when_nothing_happens()
    {
        using var error = new StringWriter();
        using var output = new Left();
        int status = await DoozerCommand.Run(
            ["watch", "/**", "-a", _node.Address.ToString()],
            new CommandConsole(Stream.Null, output, error),
            TestContext.Current.CancellationToken);
        status.ShouldBe(2);
    }

    [Fact]
    public async Task A_closed_stream_is_named_by_who_needs_it()
    {
        using var closed = new ClosedStream("Standard input is closed.");
        using var output = new MemoryStream();
        using var error = new StringWriter();
        var console = new CommandConsole(closed, output, error);
        string address = _node.Address.ToString();
        (await DoozerCommand.Run(["rev", "-a", address], console, TestContext.Current.CancellationToken)).ShouldBe(0);
        (await DoozerCommand.Run(["add", "/a", "-a", address], console, TestContext.Current.CancellationToken)).ShouldBe(2);
        Encoding.UTF8.GetString(output.ToArray()).ShouldBe("0\n");
        error.ToString().ShouldBe("doozer: Standard input is closed.\n");
    }

    [Fact]
    public void A_file_of_the_runtime_is_not_taken_for_an_open_stream()
    {
        using var own = new AnonymousPipeServerStream(PipeDirection.In);
        StandardStreams.IsOpen((int)own.SafePipeHandle.DangerousGetHandle()).ShouldBeFalse();
        StandardStreams.IsOpen(9999).ShouldBeFalse();
    }

    [Fact]
    public void The_first_signal_stops_and_a_second_Ctrl_C_ends_at_once()
    {
        int stopped = 0;
        int ended = 0;
        using var signals = new StopSignals(() => stopped++) { End = () => ended++ };
        signals.Heed(new PosixSignalContext(PosixSignal.SIGTERM));
        signals.Heed(new PosixSignalContext(PosixSignal.SIGTERM));
        (stopped, ended).ShouldBe((1, 0));
        var second = new PosixSignalContext(PosixSignal.SIGINT);
        signals.Heed(second);
        (stopped, ended).ShouldBe((1, 1));
        second.Cancel.ShouldBeTrue();
    }

    /// <summary>Output whose reader has left.</summary>
    private sealed class Left : MemoryStream
    {
        public override void Flush() => throw new ReaderGone();

        public override Task FlushAsync(CancellationToken cancellationToken) => throw new ReaderGone();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new ReaderGone();
    }
}
