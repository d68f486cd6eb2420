using System.Collections.Concurrent;
using Doozer.Benchmarks.Loads;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Doozer.Benchmarks.Stores;

/// <summary>etcd over gRPC: a few HTTP/2 connections, each shared by many clients.</summary>
internal sealed class EtcdStore : IStore
{
    private const int MaxChannels = 16;

    // Longer than it is measured.
    private const int LeaseSeconds = 600;

    private readonly GrpcChannel[] _channels;
    private readonly KV.KVClient[] _files;
    private readonly ConcurrentDictionary<int, long> _leases = new();
    private readonly List<AsyncDuplexStreamingCall<WatchRequest, WatchResponse>> _watches = [];

    /// <param name="nodes">Where they listen; the channels are spread over them.</param>
    /// <param name="clients">How many will use it.</param>
    public EtcdStore(IReadOnlyList<Uri> nodes, int clients)
    {
        _channels =
        [
            .. Enumerable.Range(0, Math.Min(clients, MaxChannels)).Select(channel => Channel(nodes[channel % nodes.Count])),
        ];
        _files = Array.ConvertAll(_channels, channel => new KV.KVClient(channel));
    }

    /// <summary>A channel that connects again at once, without back-off: it has none with an HTTP client of its own.</summary>
    public static GrpcChannel Channel(Uri node) => GrpcChannel.ForAddress(node, new GrpcChannelOptions
    {
        HttpClient = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
    });

    public async Task Write(int client, string path, byte[] body, CancellationToken cancellation) =>
        await _files[client % _files.Length].PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8(path), Value = UnsafeByteOperations.UnsafeWrap(body) },
            cancellationToken: cancellation);

    public async Task<ReadOnlyMemory<byte>?> Read(int client, string path, bool local, CancellationToken cancellation)
    {
        RangeResponse answer = await _files[client % _files.Length].RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8(path), Serializable = local }, cancellationToken: cancellation);
        return answer.Kvs.Count == 0 ? null : answer.Kvs[0].Value.Memory;
    }

    /// <summary>By etcd's own lock service, with a lease for each client.</summary>
    public async Task Lock(int client, string path, CancellationToken cancellation)
    {
        GrpcChannel channel = _channels[client % _channels.Length];
        if (!_leases.TryGetValue(client, out long lease))
        {
            LeaseGrantResponse granted = await new Lease.LeaseClient(channel).LeaseGrantAsync(
                new LeaseGrantRequest { TTL = LeaseSeconds }, cancellationToken: cancellation);
            _leases[client] = lease = granted.ID;
        }

        var locks = new V3Lockpb.Lock.LockClient(channel);
        V3Lockpb.LockResponse held = await locks.LockAsync(
            new V3Lockpb.LockRequest { Name = ByteString.CopyFromUtf8(path), Lease = lease }, cancellationToken: cancellation);
        await locks.UnlockAsync(new V3Lockpb.UnlockRequest { Key = held.Key }, cancellationToken: cancellation);
    }

    /// <summary>As etcd's own clients do it: one stream for each channel, with all its watchers on it.</summary>
    public async Task Watch(string path, WatchRecorder recorder, CancellationToken stop)
    {
        int streams = Math.Min(_channels.Length, recorder.Watchers);
        await Task.WhenAll(Enumerable.Range(0, streams).Select(async stream =>
        {
            AsyncDuplexStreamingCall<WatchRequest, WatchResponse> call =
                new Watch.WatchClient(_channels[stream]).Watch(cancellationToken: stop);
            lock (_watches)
                _watches.Add(call);
            int[] watchers = [.. Enumerable.Range(0, recorder.Watchers).Where(watcher => watcher % streams == stream)];
            var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = Read(call.ResponseStream, watchers, ready, recorder, stop);
            var request = new WatchRequest { CreateRequest = new WatchCreateRequest { Key = ByteString.CopyFromUtf8(path) } };
            foreach (int unused in watchers)
                await call.RequestStream.WriteAsync(request, stop);
            await ready.Task;
        }));
    }

    public ValueTask DisposeAsync()
    {
        foreach (AsyncDuplexStreamingCall<WatchRequest, WatchResponse> watch in _watches)
            watch.Dispose();
        foreach (GrpcChannel channel in _channels)
            channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task Read(
        IAsyncStreamReader<WatchResponse> answers,
        int[] watchers,
        TaskCompletionSource ready,
        WatchRecorder recorder,
        CancellationToken stop)
    {
        try
        {
            var numbers = new Dictionary<long, int>();
            while (await answers.MoveNext(stop))
            {
                WatchResponse answer = answers.Current;
                if (answer.Canceled)
                    throw new LoadException("watch-canceled");
                if (answer.Created)
                    numbers[answer.WatchId] = watchers[numbers.Count];
                if (numbers.Count == watchers.Length)
                    ready.TrySetResult();
                foreach (Mvccpb.Event change in answer.Events)
                    recorder.Sees(numbers[answer.WatchId], change.Kv.Value.Span);
            }

            throw new LoadException("stream-ended");
        }
        catch (Exception exception)
        {
            ready.TrySetException(exception);
            if (!stop.IsCancellationRequested)
                recorder.Fails(exception);
        }
    }
}
