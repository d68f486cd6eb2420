using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Doozer.Client;
using Doozer.Silo.Http;

namespace Doozer.Silo.Commands;

/// <summary>
/// The client library over HTTP instead of Orleans: what it knows of retries, watches and sessions, no command need know again.
/// </summary>
internal static class HttpNamespace
{
    /// <summary>Longer than a node's own request timeout, so that the node gets to say what happened.</summary>
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(7);

    /// <summary>Many may wait for a lock, and for long.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(10);

    /// <summary>Short, since a session must not wait for a node that hangs while another would answer.</summary>
    private static readonly TimeSpan KeepAliveTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Opens a namespace.</summary>
    /// <param name="addresses">The nodes; when one does not answer the next is asked.</param>
    /// <param name="name">Which namespace.</param>
    /// <param name="http">By what they are asked.</param>
    public static IDoozerNamespace Open(IReadOnlyList<Uri> addresses, string name, HttpClient http) => new DoozerClient(
        new NamespaceGrains(named => Nodes(addresses, named, http)),
        new DoozerClientOptions { Namespace = name, PollTimeout = Poll },
        new GatewayWatch(),
        TimeProvider.System,
        new Random(RandomNumberGenerator.GetInt32(int.MaxValue)));

    /// <summary>A namespace without the library: one attempt for each call.</summary>
    public static INamespaceGrain Nodes(IReadOnlyList<Uri> addresses, string name, HttpClient http) =>
        new Grain(addresses, name, http);

    /// <summary>One attempt at a node. When it fails, the next goes to another.</summary>
    /// <remarks>Private, or Orleans would find it and take it for a grain.</remarks>
    private sealed class Grain(IReadOnlyList<Uri> addresses, string name, HttpClient http) : INamespaceGrain
    {
        private int _current;

        public Task<long> Create(Guid requestId, long? floor, int replicas) =>
            Write(HttpMethod.Put, StoreClient.Creation(replicas), null, requestId, floor);

        public Task<long> Delete(Guid requestId, long? floor) => Write(HttpMethod.Delete, "", null, requestId, floor);

        public async Task<FileContent> Get(string path, long revision, ReadMode mode)
        {
            using HttpResponseMessage response = await Send(HttpMethod.Get, $"{Tree(path)}?{Query(revision, mode)}");
            long treeRevision = Number(response, DoozerHeaders.TreeRevision);
            return IsMissingFile(response)
                ? new FileContent(Revisions.Missing, [], treeRevision)
                : new FileContent(
                    Number(response, DoozerHeaders.Revision),
                    await response.Content.ReadAsByteArrayAsync(CancellationToken.None),
                    treeRevision,
                    Number(response, DoozerHeaders.Session));
        }

        public async Task<EntryStat> Stat(string path, long revision, ReadMode mode)
        {
            StatResult stat = await Read(
                $"{Tree(path)}?stat=true&{Query(revision, mode)}", DoozerJson.Default.StatResult);
            return new EntryStat(KindOf(stat.Kind), stat.Revision, stat.Length, stat.TreeRevision, stat.Session ?? 0);
        }

        public async Task<DirectoryPage> GetDir(string path, string after, int limit, long revision, ReadMode mode)
        {
            DirectoryResult page = await Read(
                $"{Tree(path)}?dir=true&after={Uri.EscapeDataString(after)}&limit={limit}&{Query(revision, mode)}",
                DoozerJson.Default.DirectoryResult);
            return new DirectoryPage(
                Array.ConvertAll(
                    page.Entries, e => new DirectoryEntry(e.Name, KindOf(e.Kind), e.Revision, e.Length, e.Session ?? 0)),
                page.More,
                page.TreeRevision);
        }

        public async Task<WalkPage> Walk(string glob, string after, int limit, long revision, ReadMode mode)
        {
            WalkResult page = await Read(
                $"walk?glob={Uri.EscapeDataString(glob)}&after={Uri.EscapeDataString(after)}&limit={limit}&" +
                Query(revision, mode),
                DoozerJson.Default.WalkResult);
            return new WalkPage(page.Files, page.More, page.TreeRevision, page.After);
        }

        public Task<long> Set(string path, byte[] body, long revision, Guid requestId, long? floor, long session) =>
            Write(
                HttpMethod.Put,
                $"{Tree(path)}?rev={revision}{(session == 0 ? "" : $"&session={session}")}",
                body, requestId, floor);

        public Task<long> Del(string path, long revision, Guid requestId, long? floor) =>
            Write(HttpMethod.Delete, $"{Tree(path)}?rev={revision}", null, requestId, floor);

        public Task<long> Nop(Guid requestId, long? floor) => Write(HttpMethod.Post, "nop", null, requestId, floor);

        public Task<long> Transact(Change[] changes, Guid requestId, long? floor) =>
            Write(HttpMethod.Post, "transactions", RequestJson.OfTransaction(changes), requestId, floor);

        public async Task<long> OpenSession(TimeSpan ttl, string owner, Guid requestId, long? floor)
        {
            using HttpResponseMessage response = await Send(
                HttpMethod.Post, "sessions", RequestJson.OfSession(ttl, owner), requestId, floor);
            return (await Json(response, DoozerJson.Default.SessionResult)).Id;
        }

        public async Task<long[]> KeepAlive(long[] sessions)
        {
            bool[] isOver = await Task.WhenAll(Array.ConvertAll(sessions, IsOver));
            return [.. sessions.Where((_, i) => isOver[i])];
        }

        public Task<long> CloseSession(long session, Guid requestId, long? floor) =>
            Write(HttpMethod.Delete, $"sessions/{session}", null, requestId, floor);

        public async Task<long> Rev(ReadMode mode) =>
            (await Read($"rev?local={Flag(mode)}", DoozerJson.Default.RevisionResult)).Revision;

        public async Task<WaitResult> Wait(string glob, long revision, int max, TimeSpan timeout, ReadMode mode)
        {
            string url = FormattableString.Invariant(
                $"wait?glob={Uri.EscapeDataString(glob)}&rev={revision}&limit={max}&timeout={timeout.TotalSeconds:F3}");
            using HttpResponseMessage response = await Send(
                HttpMethod.Get, $"{url}&local={Flag(mode)}", timeout: CallTimeout + timeout);
            EventsResult result = await Json(response, DoozerJson.Default.EventsResult);
            return new WaitResult(
                Array.ConvertAll(
                    result.Events,
                    e => new FileEvent(e.Revision, EventKindOf(e.Kind), e.Path, e.Body, e.Session ?? 0, e.End ?? e.Revision)),
                result.Next);
        }

        public async Task TransferLeadership(string node)
        {
            using HttpResponseMessage response = await Send(HttpMethod.Post, $"leader?node={Uri.EscapeDataString(node)}");
        }

        public Task<NamespaceStatus> Status() => Read("status", DoozerJson.Default.NamespaceStatus);

        private async Task<bool> IsOver(long session)
        {
            try
            {
                using HttpResponseMessage response = await Send(
                    HttpMethod.Put, $"sessions/{session}", timeout: KeepAliveTimeout);
                return false;
            }
            catch (SessionExpiredException)
            {
                return true;
            }
        }

        private async Task<T> Read<T>(string url, JsonTypeInfo<T> type)
        {
            using HttpResponseMessage response = await Send(HttpMethod.Get, url);
            return await Json(response, type);
        }

        private async Task<long> Write(HttpMethod method, string url, byte[]? body, Guid requestId, long? floor)
        {
            using HttpResponseMessage response = await Send(method, url, body, requestId, floor);
            return (await Json(response, DoozerJson.Default.WriteResult)).Revision;
        }

        /// <exception cref="DoozerException">What the node said, or that nothing reached it.</exception>
        /// <exception cref="IOException">It broke off.</exception>
        /// <exception cref="TimeoutException">It did not answer in time.</exception>
        private async Task<HttpResponseMessage> Send(
            HttpMethod method,
            string url,
            byte[]? body = null,
            Guid? requestId = null,
            long? floor = null,
            TimeSpan? timeout = null)
        {
            int current = Volatile.Read(ref _current);
            Uri address = addresses[current];
            using HttpRequestMessage request = StoreRequest.Create(address, name, method, url, body, requestId, floor);
            using var patience = new CancellationTokenSource(timeout ?? CallTimeout, TimeProvider.System);
            try
            {
                HttpResponseMessage response = await http.SendAsync(request, patience.Token);
                if (response.IsSuccessStatusCode || IsMissingFile(response))
                    return response;
                using (response)
                    throw await StoreErrors.Of(response, address, name, patience.Token);
            }
            catch (HttpRequestException exception)
            {
                GoOnAfter(current);
                string reason = $"{address} {StoreRequest.Reason(exception).TrimEnd('.')}";
                throw StoreRequest.NeverArrived(exception)
                    ? new NodeUnavailableException(address.Authority, reason)
                    : new IOException(reason, exception);
            }
            catch (OperationCanceledException exception)
            {
                GoOnAfter(current);
                throw new TimeoutException($"{address} did not answer in time.", exception);
            }
            catch (Exception exception) when (exception is NoQuorumException or NodeUnavailableException or OverloadedException
                or OutcomeUnknownException)
            {
                GoOnAfter(current);
                throw;
            }
        }

        /// <summary>Several requests may find the same node silent, and only one of them must pass it over.</summary>
        private void GoOnAfter(int current) =>
            Interlocked.CompareExchange(ref _current, (current + 1) % addresses.Count, current);

        private static Task<T> Json<T>(HttpResponseMessage response, JsonTypeInfo<T> type) =>
            StoreRequest.ReadJson(response, response.RequestMessage!.RequestUri!, type, CancellationToken.None);

        private static string Tree(string path) => StoreClient.Tree(path);

        private static string Query(long revision, ReadMode mode) => $"rev={revision}&local={Flag(mode)}";

        private static string Flag(ReadMode mode) => mode == ReadMode.Local ? "true" : "false";

        // Only a file that was read has the revision of a tree, also one that is not there.
        private static bool IsMissingFile(HttpResponseMessage response) =>
            response.StatusCode == HttpStatusCode.NotFound && response.Headers.Contains(DoozerHeaders.TreeRevision);

        private static long Number(HttpResponseMessage response, string header) =>
            response.Headers.TryGetValues(header, out IEnumerable<string>? values)
                ? long.Parse(values.First(), CultureInfo.InvariantCulture)
                : 0;

        private static EntryKind KindOf(string kind) => kind switch
        {
            KindNames.File => EntryKind.File,
            KindNames.Directory => EntryKind.Directory,
            _ => EntryKind.Missing,
        };

        private static FileEventKind EventKindOf(string kind) => kind switch
        {
            KindNames.Set => FileEventKind.Set,
            KindNames.Del => FileEventKind.Del,
            _ => FileEventKind.Nop,
        };
    }
}
