using System.IO.Pipelines;
using Doozer.Client;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Doozer.Tests.Client;

/// <summary>Which connections a client ends because their gateway is silent.</summary>
public sealed class GatewayWatchTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly GatewayWatch _watch;

    public GatewayWatchTests() => _watch = new GatewayWatch(_time);

    public void Dispose() => _watch.Dispose();

    [Fact]
    public async Task The_connection_of_a_question_without_any_answer_is_ended_and_no_other()
    {
        (Connection silent, Connection idle) = (new Connection(_watch), new Connection(_watch));
        await silent.Hears();
        await idle.Hears();
        _time.Advance(TimeSpan.FromSeconds(1));
        (INamespaceGrain grain, ScriptedGrain script) = ScriptedGrain.Create();
        Task asked = _watch.Ask(grain);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await silent.Sends();
        _time.Advance(GatewayWatch.Silence);
        await asked;
        (await script.NextAsync("Rev")).Argument<ReadMode>(0).ShouldBe(ReadMode.Local);
        script.HasMore.ShouldBeFalse();
        silent.IsAborted.ShouldBeTrue();
        idle.IsAborted.ShouldBeFalse();
    }

    [Fact]
    public async Task One_by_which_something_else_was_heard_meanwhile_goes_on()
    {
        var busy = new Connection(_watch);
        (INamespaceGrain grain, _) = ScriptedGrain.Create();
        Task asked = _watch.Ask(grain);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await busy.Sends();
        await busy.Hears();
        _time.Advance(GatewayWatch.Silence);
        await asked;
        busy.IsAborted.ShouldBeFalse();
    }

    [Fact]
    public async Task One_by_which_nothing_was_ever_heard_is_ended()
    {
        var opening = new Connection(_watch);
        await opening.Sends();
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (INamespaceGrain grain, _) = ScriptedGrain.Create();
        Task asked = _watch.Ask(grain);
        _time.Advance(GatewayWatch.Silence);
        await asked;
        opening.IsAborted.ShouldBeTrue();
    }

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly Pipe _incoming = new();

        public Connection(GatewayWatch watch)
        {
            var outgoing = new Pipe();
            Transport = new Ends(_incoming.Reader, outgoing.Writer);
            watch.Watch(this);
        }

        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;

        public async Task Sends() => await Transport.Output.WriteAsync(new byte[1], ClientFixture.Token);

        public async Task Hears()
        {
            await _incoming.Writer.WriteAsync(new byte[1], ClientFixture.Token);
            ReadResult read = await Transport.Input.ReadAsync(ClientFixture.Token);
            Transport.Input.AdvanceTo(read.Buffer.End);
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
