using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Doozer.Benchmarks.Loads;

namespace Doozer.Benchmarks.Stores;

/// <summary>An answer: an error of ZooKeeper's, 0 for none, and what follows it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ZooKeeperAnswer(int Error, ReadOnlyMemory<byte> Body)
{
    public const int NoNode = -101;
    public const int NodeExists = -110;

    /// <summary>The data of a node, which come first in an answer that has them.</summary>
    public ReadOnlyMemory<byte> Data => Body.Slice(4, Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(Body.Span)));

    /// <exception cref="LoadException">It is an error.</exception>
    public ZooKeeperAnswer Check() => Error == 0 ? this : throw new LoadException($"zookeeper{Error}");
}

/// <summary>A session of ZooKeeper's own protocol: requests are pipelined, and answered in their order.</summary>
internal sealed class ZooKeeperSession : IAsyncDisposable
{
    private const int Timeout = 10_000;
    private const int HelloBytes = 45;
    private const int PasswordBytes = 16;
    private const int HeaderBytes = 16;

    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource<ZooKeeperAnswer>> _waiting = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Timer _ping;
    private ZooKeeperRequests _requests = new();
    private ZooKeeperRequests _underWay = new();
    private bool _isSending;
    private Exception? _broken;

    private ZooKeeperSession(Socket socket)
    {
        _socket = socket;
        _ping = new Timer(_ => Send(requests => requests.Ping(), answer: null), null, Timeout / 3, Timeout / 3);
        _ = Receive();
    }

    /// <summary>Called when a watched node changes.</summary>
    public Action? OnChange { get; set; }

    public bool IsBroken => Volatile.Read(ref _broken) is not null;

    public static async Task<ZooKeeperSession> Open(IPEndPoint node, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(node, cancellation);
            byte[] hello = new byte[4 + HelloBytes];
            BinaryPrimitives.WriteInt32BigEndian(hello, HelloBytes);

            // Behind the protocol's version and the last transaction seen; then, behind the session's id 0, the password.
            BinaryPrimitives.WriteInt32BigEndian(hello.AsSpan(16), Timeout);
            BinaryPrimitives.WriteInt32BigEndian(hello.AsSpan(28), PasswordBytes);
            await socket.SendAsync(hello, cancellation);
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            byte[] length = new byte[4];
            await stream.ReadExactlyAsync(length, cancellation);
            byte[] welcome = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await stream.ReadExactlyAsync(welcome, cancellation);
            if (BinaryPrimitives.ReadInt32BigEndian(welcome.AsSpan(4)) <= 0)
                throw new LoadException("zookeeper-session-refused");
            return new ZooKeeperSession(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task<ZooKeeperAnswer> Create(string path, byte[] data) => Ask(requests => requests.Create(path, data));

    public Task<ZooKeeperAnswer> Set(string path, byte[] data) => Ask(requests => requests.Set(path, data));

    public Task<ZooKeeperAnswer> Get(string path, bool watch) => Ask(requests => requests.Get(path, watch));

    public Task<ZooKeeperAnswer> Sync(string path) => Ask(requests => requests.Sync(path));

    /// <summary>
    /// Ends the session at the server too, which otherwise would do so seconds later, during what is measured next.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Send(static requests => requests.Close(), answer: null);
        await Task.WhenAny(_closed.Task, Task.Delay(CloseTime, TimeProvider.System));
        Break(new LoadException("zookeeper-session-closed"));
        await _ping.DisposeAsync();
    }

    private Task<ZooKeeperAnswer> Ask(Action<ZooKeeperRequests> write)
    {
        var answer = new TaskCompletionSource<ZooKeeperAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(write, answer);
        return answer.Task;
    }

    private void Send(Action<ZooKeeperRequests> write, TaskCompletionSource<ZooKeeperAnswer>? answer)
    {
        lock (_lock)
        {
            if (_broken is { } broken)
            {
                answer?.SetException(broken);
                return;
            }

            write(_requests);
            if (answer is not null)
                _waiting.Enqueue(answer);
            if (_isSending)
                return;
            _isSending = true;
        }

        _ = SendAll();
    }

    private async Task SendAll()
    {
        try
        {
            while (true)
            {
                lock (_lock)
                {
                    if (_requests.Length == 0)
                    {
                        _isSending = false;
                        return;
                    }

                    (_requests, _underWay) = (_underWay, _requests);
                }

                for (int sent = 0; sent < _underWay.Length;)
                    sent += await _socket.SendAsync(_underWay.Bytes[sent..]);
                _underWay.Clear();
            }
        }
        catch (Exception exception)
        {
            Break(exception);
        }
    }

    private async Task Receive()
    {
        try
        {
            await using var stream = new BufferedStream(new NetworkStream(_socket, ownsSocket: false), 1 << 16);
            byte[] length = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(length);
                byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
                await stream.ReadExactlyAsync(frame);
                Take(frame);
            }
        }
        catch (Exception exception)
        {
            Break(exception is LoadException ? exception : new LoadException("zookeeper-connection-lost"));
        }
    }

    private void Take(ReadOnlyMemory<byte> frame)
    {
        switch (BinaryPrimitives.ReadInt32BigEndian(frame.Span))
        {
            case ZooKeeperRequests.OfPing:
                return;
            case ZooKeeperRequests.OfNotification:
                OnChange?.Invoke();
                return;
        }

        TaskCompletionSource<ZooKeeperAnswer>? next;
        lock (_lock)
        {
            if (!_waiting.TryDequeue(out next))
                throw new LoadException("zookeeper-answers-too-much");
        }

        int error = BinaryPrimitives.ReadInt32BigEndian(frame.Span[12..]);
        next.TrySetResult(new ZooKeeperAnswer(error, frame[HeaderBytes..]));
    }

    private void Break(Exception why)
    {
        TaskCompletionSource<ZooKeeperAnswer>[] waiting;
        lock (_lock)
        {
            _broken ??= why;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        _socket.Dispose();
        _closed.TrySetResult();
        foreach (TaskCompletionSource<ZooKeeperAnswer> answer in waiting)
            answer.TrySetException(why);
    }
}
