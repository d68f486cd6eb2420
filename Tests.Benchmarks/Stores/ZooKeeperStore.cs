using System.Net;
using Doozer.Benchmarks.Loads;

namespace Doozer.Benchmarks.Stores;

/// <summary>
/// ZooKeeper over its own protocol: a few sessions, each shared by many clients. Its linearizable read is <c>sync</c> and
/// <c>getData</c> behind it, which the session answers in that order; they count as one operation.
/// </summary>
/// <param name="nodes">Where they listen; the sessions are spread over them.</param>
/// <param name="clients">How many will use it.</param>
internal sealed class ZooKeeperStore(IReadOnlyList<IPEndPoint> nodes, int clients) : IStore
{
    private const int MaxSessions = 16;
    private const int BeginAtOnce = 64;

    private static readonly TimeSpan OpenTime = TimeSpan.FromSeconds(2);

    private readonly Task<ZooKeeperSession>?[] _sessions = new Task<ZooKeeperSession>?[Math.Min(clients, MaxSessions)];
    private readonly List<ZooKeeperSession> _watchers = [];

    public async Task Write(int client, string path, byte[] body, CancellationToken cancellation)
    {
        ZooKeeperSession session = await Session(client, cancellation);
        ZooKeeperAnswer answer = await session.Set(path, body).WaitAsync(cancellation);
        if (answer.Error == ZooKeeperAnswer.NoNode)
            await Create(client, path, body, cancellation);
        else
            answer.Check();
    }

    public async Task Create(int client, string path, byte[] body, CancellationToken cancellation)
    {
        ZooKeeperSession session = await Session(client, cancellation);
        ZooKeeperAnswer answer = await session.Create(path, body).WaitAsync(cancellation);
        if (answer.Error == ZooKeeperAnswer.NoNode)
        {
            for (int end = path.IndexOf('/', 1); end > 0; end = path.IndexOf('/', end + 1))
                await session.Create(path[..end], []).WaitAsync(cancellation);
            answer = await session.Create(path, body).WaitAsync(cancellation);
        }

        if (answer.Error == ZooKeeperAnswer.NodeExists)
            answer = await session.Set(path, body).WaitAsync(cancellation);
        answer.Check();
    }

    public async Task<ReadOnlyMemory<byte>?> Read(int client, string path, bool local, CancellationToken cancellation)
    {
        ZooKeeperSession session = await Session(client, cancellation);
        Task<ZooKeeperAnswer>? sync = local ? null : session.Sync(path);
        ZooKeeperAnswer answer = await session.Get(path, watch: false).WaitAsync(cancellation);
        if (sync is not null)
            (await sync).Check();
        return answer.Error == ZooKeeperAnswer.NoNode ? null : answer.Check().Data;
    }

    /// <summary>
    /// A session for each watcher, since a server tells a session of a change only once. The watch fires once, and the read that
    /// fetches the new body sets it again: what changes in between is not seen.
    /// </summary>
    public Task Watch(string path, WatchRecorder recorder, CancellationToken stop) => Parallel.ForAsync(
        0,
        recorder.Watchers,
        new ParallelOptions { MaxDegreeOfParallelism = BeginAtOnce, CancellationToken = stop },
        async (watcher, token) =>
        {
            ZooKeeperSession session = await ZooKeeperSession.Open(nodes[watcher % nodes.Count], token);
            lock (_watchers)
                _watchers.Add(session);
            session.OnChange = () => _ = See(session, path, watcher, recorder, stop);
            (await session.Get(path, watch: true).WaitAsync(token)).Check();
        });

    public async ValueTask DisposeAsync()
    {
        IEnumerable<ZooKeeperSession> open =
            _sessions.Where(session => session is { IsCompletedSuccessfully: true }).Select(session => session!.Result);
        await Task.WhenAll(open.Concat(_watchers).Select(session => session.DisposeAsync().AsTask()));
    }

    private static async Task See(
        ZooKeeperSession session, string path, int watcher, WatchRecorder recorder, CancellationToken stop)
    {
        try
        {
            ZooKeeperAnswer answer = await session.Get(path, watch: true).WaitAsync(stop);
            recorder.Sees(watcher, answer.Check().Data.Span);
        }
        catch (Exception exception)
        {
            if (!stop.IsCancellationRequested)
                recorder.Fails(exception);
        }
    }

    /// <summary>The session of a client; a new one if the last one broke.</summary>
    private Task<ZooKeeperSession> Session(int client, CancellationToken cancellation)
    {
        int number = client % _sessions.Length;
        lock (_sessions)
        {
            Task<ZooKeeperSession>? session = _sessions[number];
            bool isUsable = session is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result.IsBroken: false };
            if (!isUsable)
                session = _sessions[number] = Open(nodes[number % nodes.Count]);
            return session!.WaitAsync(cancellation);
        }
    }

    private static async Task<ZooKeeperSession> Open(IPEndPoint node)
    {
        using var patience = new CancellationTokenSource(OpenTime);
        return await ZooKeeperSession.Open(node, patience.Token);
    }
}
