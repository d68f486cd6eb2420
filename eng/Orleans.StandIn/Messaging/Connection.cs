using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Orleans.Invocation;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Messaging;

/// <summary>
/// One TCP connection to a silo or client. Senders put whole frames into a pipe; one loop takes all that has gathered and writes it to the
/// socket, so that frames share a system call without waiting for each other. Usable while it is still being connected: what is sent
/// meanwhile is kept, up to a bound, and fails with the attempt.
/// </summary>
internal sealed class Connection(IConnectionHandler handler, int maxMessageBytes)
{
    private const long MaxQueuedBytes = 64L << 20;

    private readonly Lock _gate = new();
    private readonly Pipe _outgoing = new(new PipeOptions(
        pauseWriterThreshold: 0, minimumSegmentSize: 1 << 16, useSynchronizationContext: false));

    private readonly ConcurrentDictionary<ulong, CancellationTokenSource> _cancellations = new();
    private readonly GrainIdCache _grainIds = new();
    private Socket? _socket;
    private Exception? _closed;
    private long _queuedBytes;

    /// <summary>Our requests that wait for this connection's other side.</summary>
    public CallTable Calls { get; } = new();

    /// <summary>The silo at the other side; null for a client.</summary>
    public SiloAddress? Remote { get; set; }

    /// <summary>Whether the other side is a client.</summary>
    public bool IsFromClient => Remote is null;

    public bool IsClosed => _closed is not null;

    public bool IsOpen => _socket is not null && _closed is null;

    /// <summary>Takes a connected socket into use. False, and the socket is closed, when the connection was closed before.</summary>
    public bool Start(Socket socket)
    {
        lock (_gate)
        {
            if (_closed is null)
            {
                _socket = socket;
                _ = SendLoopAsync(socket);
                _ = ReceiveLoopAsync(socket);
                return true;
            }
        }

        socket.Dispose();
        return false;
    }

    /// <summary>Queues a frame. False when it is too large or too much waits already; a closed connection swallows it.</summary>
    public bool TrySend(Writer writer)
    {
        var frame = writer.Complete();
        if (frame.Length - Writer.LengthBytes > maxMessageBytes)
        {
            return false;
        }

        lock (_gate)
        {
            if (_closed is not null)
            {
                return true;
            }

            // One frame always fits an empty queue.
            if (_queuedBytes > 0 && _queuedBytes + frame.Length > MaxQueuedBytes)
            {
                return false;
            }

            Interlocked.Add(ref _queuedBytes, frame.Length);
            _outgoing.Writer.Write(frame);

            // Completes at once: the pipe has no threshold of its own.
            _ = _outgoing.Writer.FlushAsync().GetAwaiter().GetResult();
            return true;
        }
    }

    public void SendError(ulong id, Exception exception)
    {
        var writer = Writer.Rent();
        try
        {
            var start = writer.Position;
            try
            {
                Frames.BeginResponse(writer, FrameKind.Error, id);
                ExceptionContent.Write(writer, exception);
            }
            catch (Exception e)
            {
                writer.Truncate(start);
                Frames.BeginResponse(writer, FrameKind.Error, id);
                ExceptionContent.Write(writer, new OrleansException(
                    $"{exception.GetType()}: {exception.Message} (it could not be serialized: {e.Message})"));
            }

            TrySend(writer);
        }
        finally
        {
            writer.Return();
        }
    }

    public void SendCancel(ulong id)
    {
        var writer = Writer.Rent();
        Frames.BeginResponse(writer, FrameKind.Cancel, id);
        TrySend(writer);
        writer.Return();
    }

    /// <summary>The token of a request that has come over this connection; cancelled when its caller cancels it or the connection ends.</summary>
    public CancellationToken TokenFor(ulong id) => _cancellations.GetOrAdd(id, _ => new CancellationTokenSource()).Token;

    public void ForgetCancellation(ulong id) => _cancellations.TryRemove(id, out _);

    /// <summary>Ends the connection: at once, or after what is queued has been sent.</summary>
    public void Close(Exception reason, bool flush = false)
    {
        Socket? socket;
        lock (_gate)
        {
            if (_closed is not null)
            {
                return;
            }

            _closed = reason;
            socket = _socket;
            _outgoing.Writer.Complete();
        }

        if (!flush)
        {
            socket?.Dispose();
        }

        Calls.Close(reason);
        foreach (var source in _cancellations.Values)
        {
            source.Cancel();
        }

        handler.OnClosed(this, reason);
    }

    /// <summary>Breaks the connection as the end of its process would: the other side gets a reset.</summary>
    public void Abort(Exception reason)
    {
        lock (_gate)
        {
            if (_socket is { } socket && _closed is null)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
        }

        Close(reason);
    }

    private async Task SendLoopAsync(Socket socket)
    {
        var reader = _outgoing.Reader;
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync();
                foreach (var segment in result.Buffer)
                {
                    for (var rest = segment; rest.Length > 0;)
                    {
                        rest = rest[await socket.SendAsync(rest)..];
                    }
                }

                Interlocked.Add(ref _queuedBytes, -result.Buffer.Length);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    socket.Shutdown(SocketShutdown.Both);
                    socket.Dispose();
                    return;
                }
            }
        }
        catch (Exception e)
        {
            Break(socket, e);
        }
    }

    private async Task ReceiveLoopAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 1 << 16, minimumReadSize: 1 << 12));
            var reader = new Reader();
            while (true)
            {
                var result = await input.ReadAsync();
                var buffer = result.Buffer;
                while (TryTakeFrame(ref buffer, out var frame))
                {
                    Handle(frame, reader);
                }

                input.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                {
                    throw new EndOfStreamException("The other side closed the connection.");
                }
            }
        }
        catch (Exception e)
        {
            Break(socket, e);
        }
    }

    private bool TryTakeFrame(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        if (buffer.Length < Writer.LengthBytes)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[Writer.LengthBytes];
        buffer.Slice(0, Writer.LengthBytes).CopyTo(prefix);
        var length = BinaryPrimitives.ReadInt32LittleEndian(prefix);
        if (length <= 0 || length > maxMessageBytes)
        {
            throw new InvalidDataException($"A message of {length} bytes is outside the limit of {maxMessageBytes}.");
        }

        if (buffer.Length < Writer.LengthBytes + length)
        {
            return false;
        }

        frame = buffer.Slice(Writer.LengthBytes, length);
        buffer = buffer.Slice(frame.End);
        return true;
    }

    private void Handle(in ReadOnlySequence<byte> frame, Reader reader)
    {
        if (frame.IsSingleSegment && MemoryMarshal.TryGetArray(frame.First, out var segment))
        {
            reader.Reset(segment.Array!, segment.Offset, segment.Count);
        }
        else
        {
            reader.Reset(frame.ToArray(), 0, (int)frame.Length);
        }

        var kind = (FrameKind)reader.ReadByte();
        var id = reader.ReadVarint();
        switch (kind)
        {
            case FrameKind.Request or FrameKind.OneWay:
                handler.OnRequest(this, Frames.ReadRequest(kind, id, reader, _grainIds), reader);
                break;
            case FrameKind.Response or FrameKind.Error:
                Calls.Remove(id)?.Complete(kind, reader);
                break;
            case FrameKind.Cancel:
                if (_cancellations.TryRemove(id, out var source))
                {
                    // On the pool: the callbacks are the grain's.
                    _ = source.CancelAsync();
                }

                break;
            default:
                throw new InvalidDataException($"There is no message of kind {(byte)kind}.");
        }
    }

    private void Break(Socket socket, Exception cause)
    {
        Close(new SiloUnavailableException($"The connection to {Remote?.ToString() ?? "a client"} broke: {cause.Message}", cause));

        // One that was closed before with a flush still has its socket.
        socket.Dispose();
    }
}
