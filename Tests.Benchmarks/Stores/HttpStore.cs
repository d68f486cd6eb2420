using System.Buffers.Text;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Doozer.Benchmarks.Loads;

namespace Doozer.Benchmarks.Stores;

/// <summary>Doozer over HTTP/1.1: a connection carries one request at a time, so each client has one of its own.</summary>
/// <param name="nodes">Where they listen; the clients are spread over them.</param>
internal sealed class HttpStore(IReadOnlyList<Uri> nodes) : IStore
{
    /// <summary>So many watchers begin at once: how many connections wait to be accepted is not what is measured.</summary>
    private const int BeginAtOnce = 32;

    private const int BodyStart = 12;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        ActivityHeadersPropagator = null,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task Write(int client, string path, byte[] body, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(body);
        using HttpResponseMessage answer = await _http.PutAsync(Address(client, $"tree{path}?rev=-1"), content, cancellation);
        await Check(answer, cancellation);
    }

    public async Task<ReadOnlyMemory<byte>?> Read(int client, string path, bool local, CancellationToken cancellation)
    {
        using HttpResponseMessage answer =
            await _http.GetAsync(Address(client, local ? $"tree{path}?local" : $"tree{path}"), cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return null;
        await Check(answer, cancellation);
        return await answer.Content.ReadAsByteArrayAsync(cancellation);
    }

    public async Task Watch(string path, WatchRecorder recorder, CancellationToken stop)
    {
        long next = await Revision(stop) + 1;
        await Parallel.ForAsync(
            0,
            recorder.Watchers,
            new ParallelOptions { MaxDegreeOfParallelism = BeginAtOnce, CancellationToken = stop },
            async (watcher, token) =>
            {
                Uri address = Address(watcher, $"events?glob={path}&rev={next}");
                HttpResponseMessage answer = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, token);
                await Check(answer, token);
                _ = Watch(answer, watcher, recorder, stop);
            });
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task Watch(HttpResponseMessage answer, int watcher, WatchRecorder recorder, CancellationToken stop)
    {
        try
        {
            using (answer)
            {
                Stream stream = await answer.Content.ReadAsStreamAsync(stop);
                var events = SseParser.Create(stream, static (_, data) => StartOfBody(data));
                await foreach (SseItem<byte[]> change in events.EnumerateAsync(stop))
                    recorder.Sees(watcher, change.Data);
            }

            throw new LoadException("stream-ended");
        }
        catch (Exception exception)
        {
            if (!stop.IsCancellationRequested)
                recorder.Fails(exception);
        }
    }

    /// <summary>The number of the write: that much of the body must be decoded, however many watchers there are.</summary>
    private static byte[] StartOfBody(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> name = "\"body\":\""u8;
        int at = json.IndexOf(name);
        byte[] body = new byte[BodyStart / 4 * 3];
        return at >= 0 && Base64.DecodeFromUtf8(json.Slice(at + name.Length, BodyStart), body, out _, out _) == default
            ? body
            : throw new LoadException("event-without-body");
    }

    private static async Task Check(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode)
            return;
        byte[] problem = await answer.Content.ReadAsByteArrayAsync(cancellation);
        using var json = JsonDocument.Parse(problem.Length == 0 ? "{}"u8.ToArray() : problem);
        throw new LoadException(json.RootElement.TryGetProperty("code", out JsonElement code)
            ? code.GetString()!
            : $"http-{(int)answer.StatusCode}");
    }

    private async Task<long> Revision(CancellationToken cancellation)
    {
        using var answer = JsonDocument.Parse(await _http.GetByteArrayAsync(Address(0, "rev"), cancellation));
        return answer.RootElement.GetProperty("revision").GetInt64();
    }

    private Uri Address(int client, string target) => new(nodes[client % nodes.Count], $"v1/main/{target}");
}
