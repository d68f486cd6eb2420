using System.Net;
using System.Text.Json;
using Doozer.Silo.Http;

namespace Doozer.Tests.Silo;

public sealed class HttpEventTests : IAsyncLifetime
{
    private HttpNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await HttpNode.Start();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Events_come_in_order_with_their_revisions_as_ids()
    {
        await Put("/a", "one");
        using StreamReader stream = await Open("/v1/main/events?glob=/**&rev=1");
        await Put("/b", "two");
        await _node.Send(HttpMethod.Delete, "/v1/main/tree/a?rev=-1");

        (string Id, EventResult Event) first = await Next(stream);
        first.Id.ShouldBe("1");
        first.Event.Path.ShouldBe("/a");
        first.Event.Body.ShouldBe("one"u8.ToArray());
        (await Next(stream)).Event.Path.ShouldBe("/b");
        (string Id, EventResult Event) last = await Next(stream);
        last.Id.ShouldBe("3");
        last.Event.Kind.ShouldBe("del");
    }

    [Fact]
    public async Task Last_event_id_resumes_after_it()
    {
        await Put("/a", "one");
        await Put("/a", "two");
        using StreamReader stream = await Open("/v1/main/events?glob=/**&rev=1", lastEventId: "1");
        (await Next(stream)).Event.Revision.ShouldBe(2);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9223372036854775808")]
    [InlineData("-1")]
    public async Task A_last_event_id_that_no_event_can_have_is_refused(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/main/events?glob=/**");
        request.Headers.Add("Last-Event-ID", id);
        using HttpResponseMessage response = await _node.Client.SendAsync(request, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("Last-Event-ID");
    }

    [Fact]
    public async Task A_new_stream_tells_where_it_stands_so_that_a_reconnect_has_no_gap()
    {
        await Put("/a", "one");
        using StreamReader stream = await Open("/v1/main/events?glob=/never&local");
        (await stream.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("id: 1");
    }

    [Fact]
    public async Task A_stream_ends_when_the_node_stops()
    {
        using StreamReader stream = await Open("/v1/main/events?glob=/**");
        Task<string> rest = stream.ReadToEndAsync(TestContext.Current.CancellationToken);
        await _node.Stop();
        (await rest).ShouldContain("id: 0");
    }

    [Fact]
    public async Task An_error_in_a_stream_is_its_last_event()
    {
        using StreamReader stream = await Open("/v1/main/events?glob=/**");
        _node.Main.Failure = new NoQuorumException("main", "2 of 3", ["n2"]);
        _node.Main.WakeWaiters();
        string rest = await stream.ReadToEndAsync(TestContext.Current.CancellationToken);
        rest.ShouldContain("event: error");
        rest.ShouldContain("no-quorum");
    }

    [Fact]
    public async Task Wait_gives_what_is_there_and_where_to_go_on()
    {
        await Put("/a", "one");
        await Put("/b", "two");
        HttpResponseMessage response = await _node.Send(HttpMethod.Get, "/v1/main/wait?glob=/*&rev=1&limit=1&timeout=0&local");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        string json = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        EventsResult result = JsonSerializer.Deserialize(json, DoozerJson.Default.EventsResult)!;
        result.Events.ShouldHaveSingleItem().Path.ShouldBe("/a");
        result.Next.ShouldBe(2);
    }

    private Task<HttpResponseMessage> Put(string path, string body) =>
        _node.Send(HttpMethod.Put, $"/v1/main/tree{path}?rev=-1", body);

    private async Task<StreamReader> Open(string url, string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        HttpResponseMessage response = await _node.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>The next event with data, as an EventSource would dispatch it.</summary>
    private static async Task<(string Id, EventResult Event)> Next(StreamReader stream)
    {
        string id = "";
        while (await stream.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return (id, JsonSerializer.Deserialize(line[6..], DoozerJson.Default.EventResult)!);
        }

        throw new EndOfStreamException("The stream ended.");
    }
}
