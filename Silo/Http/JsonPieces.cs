using System.Buffers.Text;
using System.Text;

namespace Doozer.Silo.Http;

/// <summary>
/// Events and files as JSON objects that end with a body in base64, cut into pieces: a body has up to two megabytes, and nobody
/// needs all of it at once.
/// </summary>
internal static class JsonPieces
{
    /// <summary>Bytes of a body in a piece; a multiple of three, so that the pieces' base64 can be joined.</summary>
    public const int BodyBytes = 21 << 10;

    /// <summary>How many pieces an object has whose body is as long.</summary>
    public static int Count(byte[] body) => Math.Max(1, (body.Length + BodyBytes - 1) / BodyBytes);

    // Paths have no character that JSON would have escaped: TreePath allows none.
    public static byte[] OfEvent(FileEvent e, int piece) => Encode(
        piece > 0 ? "" : Head(e) + "\"body\":\"", e.Body, piece);

    /// <summary>The event with the length of its body instead of the body.</summary>
    public static byte[] OfEventWithoutBody(FileEvent e) => Encoding.ASCII.GetBytes(Head(e) + $"\"length\":{e.Body.Length}}}");

    /// <summary>The file with the length of its body instead of the body.</summary>
    public static byte[] OfFileWithoutBody(WalkedFile file) =>
        Encoding.ASCII.GetBytes(Head(file) + $"\"length\":{file.Body.Length}}}");

    public static byte[] OfFile(WalkedFile file, int piece) => Encode(
        piece > 0 ? "" : Head(file) + "\"body\":\"", file.Body, piece);

    private static string Head(FileEvent e) =>
        $"{{\"revision\":{e.Revision},\"kind\":\"{KindNames.Of(e.Kind)}\",\"path\":\"{e.Path}\","
        + Number("session", e.Session)
        + (e.End == e.Revision ? "" : Number("end", e.End));

    private static string Head(WalkedFile file) =>
        $"{{\"path\":\"{file.Path}\",\"revision\":{file.Revision},{Number("session", file.Session)}";

    private static string Number(string name, long value) => value == 0 ? "" : $"\"{name}\":{value},";

    private static byte[] Encode(string head, byte[] body, int piece)
    {
        int begin = piece * BodyBytes;
        ReadOnlySpan<byte> part = body.AsSpan(begin, Math.Min(BodyBytes, body.Length - begin));
        ReadOnlySpan<byte> end = piece == Count(body) - 1 ? "\"}"u8 : default;
        byte[] encoded = new byte[head.Length + Base64.GetMaxEncodedToUtf8Length(part.Length) + end.Length];
        int written = Encoding.ASCII.GetBytes(head, encoded);
        Base64.EncodeToUtf8(part, encoded.AsSpan(written), out _, out int base64);
        end.CopyTo(encoded.AsSpan(written + base64));
        return encoded;
    }
}
