namespace Doozer.Silo.Http;

/// <summary>
/// Encodes a piece of an event once for all who get it: the newest pieces are kept, up to a number of bytes, for all streams and
/// waits of the node.
/// </summary>
/// <param name="maxBytes">Most bytes to keep.</param>
internal sealed class EventPieces(long maxBytes)
{
    /// <summary>The piece that is the whole event, with the length of its body instead of the body.</summary>
    public const int WithoutBody = -1;

    // Of an entry besides its bytes: so that many tiny events count as what they take.
    private const int Overhead = 128;

    private readonly Lock _lock = new();
    private readonly Dictionary<(byte[] Body, long Revision, int Piece), byte[]> _kept = [];
    private readonly Queue<(byte[] Body, long Revision, int Piece)> _order = new();
    private long _bytes;
    private long _encoded;

    /// <summary>How many pieces were encoded.</summary>
    public long Encoded => Interlocked.Read(ref _encoded);

    /// <summary>Bytes that are kept.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>How to encode an event: all its pieces, of which each is kept.</summary>
    public Func<FileEvent, IEnumerable<byte[]>> Kept(bool withBodies) =>
        withBodies ? e => Pieces(e, Get) : e => [Get(e, WithoutBody)];

    /// <summary>How to encode an event of which nothing is to be kept.</summary>
    public static Func<FileEvent, IEnumerable<byte[]>> Fresh(bool withBodies) =>
        withBodies ? e => Pieces(e, Encode) : e => [Encode(e, WithoutBody)];

    /// <summary>A piece of an event as JSON, not to be changed.</summary>
    /// <param name="e">The event, with a body that all who get the event share.</param>
    /// <param name="piece">Which, from 0 to <see cref="JsonPieces.Count"/>, or <see cref="WithoutBody"/>.</param>
    public byte[] Get(FileEvent e, int piece)
    {
        // The body tells the namespace, since each event has its own; only the empty one belongs to many, and costs nothing.
        if (e.Body.Length == 0)
            return Encode(e, piece);
        (byte[], long, int) key = (e.Body, e.Revision, piece);
        lock (_lock)
        {
            if (_kept.TryGetValue(key, out byte[]? kept))
                return kept;
            byte[] encoded = Encode(e, piece);
            _encoded++;
            _kept.Add(key, encoded);
            _order.Enqueue(key);
            _bytes += encoded.Length + Overhead;
            while (_bytes > maxBytes && _order.TryDequeue(out (byte[], long, int) oldest) && _kept.Remove(oldest, out kept))
                _bytes -= kept.Length + Overhead;
            return encoded;
        }
    }

    private static IEnumerable<byte[]> Pieces(FileEvent e, Func<FileEvent, int, byte[]> encode) =>
        Enumerable.Range(0, JsonPieces.Count(e.Body)).Select(piece => encode(e, piece));

    private static byte[] Encode(FileEvent e, int piece) =>
        piece == WithoutBody ? JsonPieces.OfEventWithoutBody(e) : JsonPieces.OfEvent(e, piece);
}
