using System.Buffers;
using System.Net.WebSockets;

namespace Doozer.Silo.Http;

/// <summary>Where an answer goes: what is gathered in a buffer is sent when it is flushed.</summary>
internal interface IAnswerSink
{
    /// <summary>Takes what is to be sent.</summary>
    IBufferWriter<byte> Buffer { get; }

    /// <summary>Sends what was gathered, and completes when the network has taken it.</summary>
    ValueTask Flush(CancellationToken stop);

    /// <summary>Cuts the client off.</summary>
    void Abort();
}

/// <summary>The body of an answer.</summary>
internal sealed class BodySink(HttpContext context) : IAnswerSink
{
    public IBufferWriter<byte> Buffer => context.Response.BodyWriter;

    public async ValueTask Flush(CancellationToken stop) => await context.Response.BodyWriter.FlushAsync(stop);

    public void Abort() => context.Abort();
}

/// <summary>A WebSocket; each flush sends a frame of a text message.</summary>
internal sealed class WebSocketSink(HttpContext context, WebSocket socket) : IAnswerSink
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public IBufferWriter<byte> Buffer => _buffer;

    /// <summary>Whether the next frame is the last of its message.</summary>
    public bool EndsMessage { get; set; }

    public async ValueTask Flush(CancellationToken stop)
    {
        await socket.SendAsync(_buffer.WrittenMemory, WebSocketMessageType.Text, EndsMessage, stop);
        _buffer.ResetWrittenCount();
    }

    public void Abort() => context.Abort();
}
