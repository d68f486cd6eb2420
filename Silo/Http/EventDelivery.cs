using System.Text;

namespace Doozer.Silo.Http;

/// <summary>Events that go out together. Those that several streams get are encoded once for all of them.</summary>
/// <param name="result">The events, and where to go on.</param>
/// <param name="isShared">Whether several streams get it.</param>
internal sealed class EventDelivery(WaitResult result, bool isShared = false)
{
    // A larger one is written in pieces, each of which is encoded once.
    private const long MaxEncodedBytes = 128 << 10;
    private const long EventOverhead = 128;

    private readonly byte[]?[] _encoded = new byte[]?[4];

    public WaitResult Result => result;

    /// <summary>About so many bytes are in it, if it is shared.</summary>
    public long Bytes { get; } = isShared
        ? EventOverhead + result.Events.Sum(e => EventOverhead + e.Path.Length + (2L * e.Body.Length))
        : 0;

    /// <summary>Writes all of it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="format">How.</param>
    /// <param name="pieces">The encoded events.</param>
    /// <param name="withBodies">Whether with the bodies.</param>
    public async ValueTask Write(AnswerWriter writer, EventFormat format, EventPieces pieces, bool withBodies)
    {
        if (isShared && Bytes <= MaxEncodedBytes)
        {
            await writer.Write(_encoded[(format.Index * 2) + (withBodies ? 1 : 0)] ??= Encode(format, withBodies));
            return;
        }

        foreach (ReadOnlyMemory<byte> piece in format.Pieces(result, pieces.Kept(withBodies)))
            await writer.Write(piece);
    }

    private byte[] Encode(EventFormat format, bool withBodies)
    {
        var encoded = new MemoryStream((int)Bytes);
        foreach (ReadOnlyMemory<byte> piece in format.Pieces(result, EventPieces.Fresh(withBodies)))
            encoded.Write(piece.Span);
        return encoded.ToArray();
    }
}

/// <summary>How events are written.</summary>
internal abstract class EventFormat(int index)
{
    /// <summary>One JSON object: what a wait answers, and a message over a WebSocket.</summary>
    public static readonly EventFormat Json = new JsonFormat();

    /// <summary>Server-sent events.</summary>
    public static readonly EventFormat ServerSent = new ServerSentFormat();

    public int Index => index;

    /// <summary>All of it, in pieces that follow each other.</summary>
    /// <param name="result">The events.</param>
    /// <param name="piecesOf">Encodes one.</param>
    public abstract IEnumerable<ReadOnlyMemory<byte>> Pieces(WaitResult result, Func<FileEvent, IEnumerable<byte[]>> piecesOf);

    private static byte[] Text(string text) => Encoding.ASCII.GetBytes(text);

    private sealed class JsonFormat() : EventFormat(0)
    {
        private static readonly byte[] Begin = Text("{\"events\":[");
        private static readonly byte[] Comma = Text(",");

        public override IEnumerable<ReadOnlyMemory<byte>> Pieces(
            WaitResult result, Func<FileEvent, IEnumerable<byte[]>> piecesOf)
        {
            yield return Begin;
            for (int i = 0; i < result.Events.Length; i++)
            {
                if (i > 0)
                    yield return Comma;
                foreach (byte[] piece in piecesOf(result.Events[i]))
                    yield return piece;
            }

            yield return Text($"],\"next\":{result.Next}}}");
        }
    }

    private sealed class ServerSentFormat() : EventFormat(1)
    {
        private static readonly byte[] End = Text("\n\n");

        public override IEnumerable<ReadOnlyMemory<byte>> Pieces(
            WaitResult result, Func<FileEvent, IEnumerable<byte[]>> piecesOf)
        {
            foreach (FileEvent e in result.Events)
            {
                yield return Text($"id: {e.Revision}\nevent: {KindNames.Of(e.Kind)}\ndata: ");
                foreach (byte[] piece in piecesOf(e))
                    yield return piece;
                yield return End;
            }

            // An id without data dispatches nothing, but a client that reconnects resumes after it.
            yield return Text($"id: {result.Next - 1}\n\n");
        }
    }
}
