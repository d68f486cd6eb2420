using System.Security.Cryptography;
using System.Text;

namespace Doozer.Chaos.Load;

/// <summary>
/// The content of a file for a value of the history: the value, and for some values padding, so that most files are tiny and some
/// large. What a value's content is follows from the value.
/// </summary>
internal static class Body
{
    public static byte[] Of(string value)
    {
        byte[] body = Encoding.UTF8.GetBytes(value + "\n");
        int length = body.Length;
        uint draw = BitConverter.ToUInt32(SHA256.HashData(body));
        int padding = (draw % 200) switch
        {
            0 => (64 << 10) + (int)(draw % (192 << 10)),
            < 20 => (int)(draw % (8 << 10)),
            _ => 0,
        };
        Array.Resize(ref body, length + padding);
        body.AsSpan(length).Fill((byte)'.');
        return body;
    }

    /// <summary>The value of a content; of a damaged one, something that nobody wrote.</summary>
    public static string ValueOf(ReadOnlySpan<byte> body)
    {
        int end = body.IndexOf((byte)'\n');
        string value = Encoding.UTF8.GetString(end < 0 ? body : body[..end]);
        return body.SequenceEqual(Of(value)) ? value : $"{value} (damaged, {body.Length} bytes)";
    }
}
