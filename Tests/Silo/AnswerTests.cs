using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Doozer.Silo.Http;
using Doozer.Tests.Client;

namespace Doozer.Tests.Silo;

public sealed class AnswerTests
{
    private const int PieceBytes = JsonPieces.BodyBytes;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PieceBytes - 1)]
    [InlineData(PieceBytes)]
    [InlineData(PieceBytes + 1)]
    [InlineData((3 * PieceBytes) + 2)]
    public void The_pieces_of_an_event_or_a_file_are_its_JSON(int length)
    {
        FileEvent e = Event(7, length);
        string json = Join(JsonPieces.Count(e.Body), piece => JsonPieces.OfEvent(e, piece));
        EventResult read = JsonSerializer.Deserialize(json, DoozerJson.Default.EventResult)!;
        (read.Revision, read.Kind, read.Path).ShouldBe((7, "set", "/a/b"));
        read.Body.ShouldBe(e.Body);

        json = Join(JsonPieces.Count(e.Body), piece => JsonPieces.OfFile(new WalkedFile("/a/b", 7, e.Body), piece));
        WalkedFile file = JsonSerializer.Deserialize($"{{\"files\":[{json}]}}", DoozerJson.Default.WalkResult)!.Files[0];
        (file.Path, file.Revision).ShouldBe(("/a/b", 7));
        file.Body.ShouldBe(e.Body);
    }

    [Fact]
    public void A_piece_of_an_event_is_encoded_once_for_all_who_get_it()
    {
        var pieces = new EventPieces(1 << 20);
        FileEvent e = Event(1, 2 * PieceBytes);
        byte[] first = pieces.Get(e, 0);
        for (int i = 0; i < 10; i++)
            pieces.Get(e with { }, 0).ShouldBeSameAs(first);
        pieces.Get(e, 1).ShouldNotBeSameAs(first);
        pieces.Encoded.ShouldBe(2);
    }

    [Fact]
    public void Events_that_are_alike_are_not_taken_for_each_other()
    {
        var pieces = new EventPieces(1 << 20);
        Text(pieces.Get(Event(1, 5), 0)).ShouldContain("\"revision\":1,");
        Text(pieces.Get(Event(1, 5) with { Path = "/c" }, 0)).ShouldContain("\"/c\"");
        var empty = new FileEvent(1, FileEventKind.Del, "/a", [], 0, 1);
        Text(pieces.Get(empty, 0)).ShouldContain("\"/a\"");
        Text(pieces.Get(empty with { Path = "/c" }, 0)).ShouldContain("\"/c\"");
    }

    [Fact]
    public void Only_so_many_bytes_of_encoded_events_are_kept()
    {
        const int MaxBytes = 10_000;
        var pieces = new EventPieces(MaxBytes);
        FileEvent[] events = [.. Enumerable.Range(1, 100).Select(i => Event(i, 1000))];
        foreach (FileEvent e in events)
        {
            pieces.Get(e, 0);
            pieces.Bytes.ShouldBeInRange(1, MaxBytes);
        }

        pieces.Get(events[^1], 0);
        pieces.Encoded.ShouldBe(100);
        pieces.Get(events[0], 0);
        pieces.Encoded.ShouldBe(101);
    }

    [Fact]
    public async Task Who_finds_no_room_waits_for_its_turn()
    {
        var budget = new AnswerBudget(new HttpOptions { MaxAnswerBytes = 100 });
        budget.TryTake(90).ShouldBeTrue();
        budget.TryTake(20).ShouldBeFalse();
        Task large = budget.Take(80);
        Task small = budget.Take(5);
        large.IsCompleted.ShouldBeFalse();
        small.IsCompleted.ShouldBeFalse("the one before it would wait for ever");
        budget.TryTake(1).ShouldBeFalse();

        budget.Return(90);
        await large;
        await small;
        budget.Bytes.ShouldBe(85);
    }

    [Fact]
    public void There_are_only_so_many_streams_and_none_new_while_there_is_no_room_for_bytes()
    {
        var budget = new AnswerBudget(new HttpOptions { MaxAnswerBytes = 100, MaxEventStreams = 2 });
        budget.OpenStream();
        budget.OpenStream();
        Should.Throw<OverloadedException>(budget.OpenStream).Limit.ShouldBe(2);
        budget.CloseStream();
        budget.Take(100).IsCompleted.ShouldBeTrue();
        budget.OpenStream();
        budget.CloseStream();
        _ = budget.Take(1);
        Should.Throw<OverloadedException>(budget.OpenStream).Limit.ShouldBe(100);
    }

    [Fact]
    public async Task A_stream_beyond_the_limit_is_answered_503_until_another_has_ended()
    {
        await using HttpNode node = await HttpNode.Start(options => options.MaxEventStreams = 1);
        HttpResponseMessage open = await Open(node);
        open.StatusCode.ShouldBe(HttpStatusCode.OK);

        HttpResponseMessage refused = await Open(node);
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        string json = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Problem problem = JsonSerializer.Deserialize(json, DoozerJson.Default.Problem)!;
        (problem.Code, problem.Status, problem.Limit).ShouldBe(("overloaded", 503, 1));

        // An error before the stream begins gives its place back, too.
        node.Main.Failure = new NoQuorumException("main", "2 of 3", ["n2"]);
        node.Main.WakeWaiters();
        await open.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        HttpResponseMessage failed;
        do
        {
            failed = await Open(node);
        }
        while (await failed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) is var text
            && text.Contains("overloaded", StringComparison.Ordinal));
        node.Main.Failure = null;
        (await Open(node)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("events?glob=/**&rev=1")]
    [InlineData("events?glob=/**&rev=1", true)]
    [InlineData("wait?glob=/**&rev=1&limit=1000")]
    [InlineData("walk?glob=/**")]
    public async Task A_client_that_reads_nothing_is_cut_off(string url, bool byWebSocket = false)
    {
        const int Megabyte = 1 << 20;
        var time = new VirtualTime();
        await using HttpNode node = await HttpNode.Start(time: time);
        for (int i = 0; i < 4; i++)
            await node.Main.Set($"/{i}", new byte[Megabyte], -1, Guid.NewGuid());
        Task<bool> cutOff = Counted(node, "doozer.http.cut_off");

        // A small window, so that the kernel does not take it all.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(node.Address.Host, node.Address.Port, TestContext.Current.CancellationToken);
        string upgrade = byWebSocket
            ? "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            : "";
        await socket.SendAsync(
            Encoding.ASCII.GetBytes($"GET /v1/main/{url} HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n"));
        await time.FireUntilAsync(cutOff, TimeSpan.FromHours(1));
        (await ReadToEnd(socket)).ShouldBeLessThan(4 * Megabyte);
        node.Answers.Budget.Bytes.ShouldBe(0);
    }

    [Fact]
    public async Task A_large_file_comes_whole()
    {
        await using HttpNode node = await HttpNode.Start();
        byte[] body = Event(1, 300_001).Body;
        await node.Main.Set("/a", body, -1, Guid.NewGuid());
        (await node.Client.GetByteArrayAsync("/v1/main/tree/a", TestContext.Current.CancellationToken)).ShouldBe(body);
    }

    [Theory]
    [InlineData(0, 1 << 20, "MaxEventStreams is 0; give at least 1.")]
    [InlineData(1, 1000, "MaxAnswerBytes is 1000; give at least 1048576 (1 MiB).")]
    [InlineData(1, 1 << 20, null)]
    public void A_limit_that_cannot_work_is_refused_in_a_sentence(int streams, long bytes, string? fault) =>
        new HttpOptionsValidator()
            .Validate(null, new HttpOptions { MaxEventStreams = streams, MaxAnswerBytes = bytes })
            .FailureMessage.ShouldBe(fault is null ? null : $"Doozer cannot start: {fault}");

    private static Task<HttpResponseMessage> Open(HttpNode node) => node.Client.GetAsync(
        "/v1/main/events?glob=/**", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    /// <summary>Completes when an instrument of the node counts something.</summary>
    private static Task<bool> Counted(HttpNode node, string instrument)
    {
        var counted = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        object meters = node.Meters;
        var listener = new MeterListener
        {
            InstrumentPublished = (found, listening) =>
            {
                if (found.Name == instrument && found.Meter.Scope == meters)
                    listening.EnableMeasurementEvents(found);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => counted.TrySetResult(true));
        listener.Start();
        return counted.Task;
    }

    private static async Task<long> ReadToEnd(Socket socket)
    {
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var read)
                total += read;
        }
        catch (SocketException)
        {
            // Reset, as a connection is whose rest was thrown away.
        }

        return total;
    }

    private static FileEvent Event(long revision, int length)
    {
        byte[] body = new byte[length];
        new Random(length).NextBytes(body);
        return new FileEvent(revision, FileEventKind.Set, "/a/b", body, 0, revision);
    }

    private static string Join(int count, Func<int, byte[]> piece) =>
        string.Concat(Enumerable.Range(0, count).Select(i => Text(piece(i))));

    private static string Text(byte[] utf8) => Encoding.UTF8.GetString(utf8);
}
