using System.Security.Cryptography;
using System.Text;

namespace Doozer.Client.Locks;

/// <summary>Makes a file's name of any name, of two names never the same.</summary>
internal static class LockName
{
    private const int Longest = 200;

    /// <summary>
    /// Letters, digits, <c>-</c> and <c>_</c> stay; any other byte of its UTF-8 becomes a dot and two hexadecimal digits. What is
    /// empty or too long becomes two dots and a digest, which none of those begins with.
    /// </summary>
    public static string Escape(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        var escaped = new StringBuilder();
        foreach (byte value in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'-' or (byte)'_')
                escaped.Append((char)value);
            else
                escaped.Append('.').Append(Convert.ToHexStringLower([value]));
        }

        return escaped.Length is > 0 and <= Longest
            ? escaped.ToString()
            : $"..{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
    }
}
